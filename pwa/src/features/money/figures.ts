import { dayWords, eachDay } from '@/lib/calendar'
import { count, euros } from '@/lib/format'
import { defineTexts, locale } from '@/lib/i18n'
import type { Tokens, UsagePart, UsageReport } from '@/store/types'

/** Something to draw as bars, and to read as a table: both say the same. */
export interface Figure {
  /** In one sentence, for who does not see the bars. */
  gist: string
  labels: readonly string[]
  values: readonly number[]
  write: (value: number) => string
  /** Bars lie, where labels are long. */
  lying: boolean
  columns: readonly string[]
  rows: readonly (readonly string[])[]
}

const t = defineTexts({
  fr: {
    day: 'Jour',
    model: 'Modèle',
    person: 'Personne',
    kind: 'Jetons',
    number: 'Nombre',
    cost: 'Coût',
    estimated: 'dont estimé',
    requests: 'Demandes',
    saved: 'Épargné par le cache',
    input: 'Entrée',
    output: 'Sortie',
    cacheRead: 'Lus du cache',
    cacheWrite: 'Mis en cache',
    highest: 'Le plus haut : {name}, {value}.',
    nothing: 'Rien n’a été dépensé.',
  },
  en: {
    day: 'Day',
    model: 'Model',
    person: 'Person',
    kind: 'Tokens',
    number: 'Number',
    cost: 'Cost',
    estimated: 'of it estimated',
    requests: 'Requests',
    saved: 'Saved by caching',
    input: 'Input',
    output: 'Output',
    cacheRead: 'Read from the cache',
    cacheWrite: 'Written to the cache',
    highest: 'The highest: {name}, {value}.',
    nothing: 'Nothing was spent.',
  },
})

/** A bar a day, also for the days without spending. */
export function byDay(report: UsageReport): Figure {
  const known = new Map(report.by_day.map((part) => [part.key, part]))
  const days = eachDay(report)
  const labels = days.map((day) => dayWords(day))
  return {
    ...costs(t('day'), labels, days.map((day) => known.get(day) ?? null)),
    labels,
    lying: false,
  }
}

/** A bar for each model, the dearest first. */
export function byModel({ by_model: parts }: UsageReport): Figure {
  return shares(t('model'), parts)
}

export function byPerson({ by_user: parts }: UsageReport): Figure {
  return shares(t('person'), parts)
}

function shares(what: string, parts: readonly UsagePart[]): Figure {
  const sorted = [...parts].sort((a, b) => b.cost_nano_eur - a.cost_nano_eur)
  const labels = sorted.map(({ name }) => name)
  return { ...costs(what, labels, sorted), labels, lying: true }
}

function costs(
  what: string,
  labels: readonly string[],
  parts: readonly (UsagePart | null)[],
): Pick<Figure, 'gist' | 'values' | 'write' | 'columns' | 'rows'> {
  const values = parts.map((part) => part?.cost_nano_eur ?? 0)
  return {
    gist: gistOf(labels, values, euros),
    values,
    write: euros,
    columns: [what, t('cost'), t('estimated'), t('requests'), t('saved')],
    rows: parts.map((part, at) => [labels[at] ?? '', ...cells(part)]),
  }
}

function cells(part: UsagePart | null): string[] {
  const saved = part?.cache_saved_nano_eur ?? 0
  return [
    euros(part?.cost_nano_eur ?? 0),
    euros(part?.estimated_nano_eur ?? 0),
    whole(part?.requests ?? 0),
    euros(saved),
  ]
}

/** A bar for each kind of token. */
export function byKind({ total }: UsageReport): Figure {
  const { input, output, cache_read: read, cache_write: written }: Tokens = total.tokens
  const labels = [t('input'), t('output'), t('cacheRead'), t('cacheWrite')]
  const values = [input, output, read, written]
  return {
    gist: gistOf(labels, values, count),
    labels,
    values,
    write: count,
    lying: true,
    columns: [t('kind'), t('number')],
    rows: labels.map((label, at) => [label, whole(values[at] ?? 0)]),
  }
}

function gistOf(
  labels: readonly string[],
  values: readonly number[],
  write: (value: number) => string,
): string {
  const highest = Math.max(0, ...values)
  if (highest === 0) return t('nothing')
  const name = labels[values.indexOf(highest)] ?? ''
  return t('highest', { name, value: write(highest) })
}

function whole(n: number): string {
  return new Intl.NumberFormat(locale.value).format(n)
}
