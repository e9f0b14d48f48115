import { watch } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import type { RouteRecordRaw, Router } from 'vue-router'
import ConversationPage from '@/features/chat/ConversationPage.vue'
import { useSession } from '@/store/session'
import { placeFor } from './guard'

// The conversation is in the first load; what is needed once or seldom comes when asked for.
const routes: RouteRecordRaw[] = [
  { path: '/', name: 'new', component: ConversationPage, props: { id: null } },
  { path: '/c/:id', name: 'conversation', component: ConversationPage, props: true },
  {
    path: '/settings',
    name: 'settings',
    component: () => import('@/features/settings/SettingsPage.vue'),
  },
  {
    path: '/money',
    name: 'money',
    component: () => import('@/features/money/MoneyPage.vue'),
  },
  {
    path: '/signin',
    name: 'signin',
    component: () => import('@/features/signin/SigninPage.vue'),
  },
  { path: '/setup', name: 'setup', component: () => import('@/features/setup/SetupPage.vue') },
  {
    path: '/setup/limits',
    name: 'first-limits',
    component: () => import('@/features/setup/FirstLimitsPage.vue'),
  },
  { path: '/:rest(.*)*', name: 'missing', component: () => import('./MissingPage.vue') },
]

export function makeRouter(): Router {
  const session = useSession()
  const router = createRouter({ history: createWebHistory(), routes })
  router.beforeEach(async (to) => {
    if (session.phase === 'starting') await session.start()
    return placeFor(session.phase, to)
  })
  watch(
    () => session.phase,
    (phase) => {
      const here = router.currentRoute.value
      // The first navigation asks for itself, and still knows its whole address.
      const place = here.matched.length === 0 || placeFor(phase, here)
      if (place !== true) void router.replace(place)
    },
  )
  return router
}
