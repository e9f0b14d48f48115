import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { Rest } from '@/wire/rest'
import { ChatSocket, browserSocket } from '@/wire/socket'
import { provideOutside } from '@/store/outside'
import { furnishRoom } from '@/store/room'
import { deviceTable, memoryTable } from '@/store/storage'
import '@/ui/tokens.css'
import '@/ui/base.css'
import App from './App.vue'
import { followAppearance } from './appearance'
import { moveFocus } from './focus'
import { makeRouter } from './router'

provideOutside({
  rest: new Rest(),
  openSocket: (handlers) => new ChatSocket(browserSocket, handlers),
  rowsOf: (user) => ({
    threads: memoryTable(),
    outbox: deviceTable(`${user}/outbox`, localStorage),
    drafts: deviceTable(`${user}/drafts`, localStorage),
  }),
})

const app = createApp(App)
app.use(createPinia())
followAppearance()
furnishRoom()
const router = makeRouter()
moveFocus(router)
app.use(router)
app.mount('#app')
