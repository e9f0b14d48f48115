/** Bars on a canvas. Chart.js is large: this file is loaded when there is something to draw. */
import {
  BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip,
} from 'chart.js'
import type { ChartConfiguration } from 'chart.js'
import type { Figure } from './figures'

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip)

/** The colours of the page, as the canvas takes them. */
interface Palette {
  bar: string
  barHover: string
  words: string
  line: string
  ground: string
  ink: string
}

/** Pixels. */
const WIDEST_BAR = 34
const CORNER = 4
const MILLISECONDS = 200

/** Draws `figure`, and follows the size of the canvas until the returned function ends it. */
export function draw(canvas: HTMLCanvasElement, figure: Figure, moving: boolean): () => void {
  const chart = new Chart(canvas, configuration(canvas, figure, moving))
  return () => {
    chart.destroy()
  }
}

function configuration(
  canvas: HTMLCanvasElement,
  figure: Figure,
  moving: boolean,
): ChartConfiguration<'bar', number[], string> {
  const palette = paletteOf(canvas)
  return {
    type: 'bar',
    data: { labels: [...figure.labels], datasets: [bars(figure, palette)] },
    options: {
      responsive: true,
      maintainAspectRatio: false,
      indexAxis: figure.lying ? 'y' : 'x',
      animation: moving ? { duration: MILLISECONDS } : false,
      // Colours of the page are not all ones that Chart.js could blend.
      animations: { colors: false },
      font: fontOf(canvas),
      interaction: { mode: 'nearest', axis: figure.lying ? 'y' : 'x', intersect: false },
      scales: scales(figure, palette),
      plugins: { tooltip: tooltip(figure, palette) },
    },
  }
}

function bars({ values }: Figure, { bar, barHover }: Palette) {
  return {
    data: [...values],
    backgroundColor: bar,
    hoverBackgroundColor: barHover,
    borderRadius: CORNER,
    maxBarThickness: WIDEST_BAR,
    minBarLength: 0,
  }
}

function scales({ lying, write }: Figure, { words, line }: Palette) {
  const names = {
    grid: { display: false },
    border: { color: line },
    ticks: { color: words, autoSkip: !lying, maxRotation: 0 },
  }
  const amounts = {
    beginAtZero: true,
    grid: { color: line },
    border: { display: false },
    ticks: {
      color: words,
      maxTicksLimit: 5,
      maxRotation: 0,
      callback: (value: string | number) => write(Number(value)),
    },
  }
  return lying ? { x: amounts, y: names } : { x: names, y: amounts }
}

function tooltip({ write }: Figure, { ground, ink, line }: Palette) {
  return {
    displayColors: false,
    backgroundColor: ground,
    titleColor: ink,
    bodyColor: ink,
    borderColor: line,
    borderWidth: 1,
    callbacks: { label: ({ raw }: { raw: unknown }) => write(Number(raw)) },
  }
}

function fontOf(canvas: HTMLCanvasElement): { family: string; size: number } {
  const { fontFamily, fontSize } = getComputedStyle(canvas)
  return { family: fontFamily, size: Number.parseFloat(fontSize) }
}

/** A token is only resolved where it is used, so one that is asked for is used for a moment. */
function paletteOf(canvas: HTMLCanvasElement): Palette {
  const probe = document.createElement('span')
  canvas.before(probe)
  const colour = (token: string): string => {
    probe.style.color = `var(${token})`
    return getComputedStyle(probe).color
  }
  const palette = {
    bar: colour('--accent'),
    barHover: colour('--accent-strong'),
    words: colour('--ink-2'),
    line: colour('--hairline'),
    ground: colour('--float'),
    ink: colour('--ink'),
  }
  probe.remove()
  return palette
}
