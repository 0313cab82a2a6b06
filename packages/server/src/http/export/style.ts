/** The looks of an exported page, by day and by night. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: light-dark(oklch(0.991 0.005 105), oklch(0.218 0.014 165));
  --raised: light-dark(oklch(0.961 0.011 118), oklch(0.258 0.016 165));
  --ink: light-dark(oklch(0.27 0.022 160), oklch(0.925 0.014 98));
  --soft: light-dark(oklch(0.475 0.022 155), oklch(0.735 0.02 120));
  --line: light-dark(oklch(0.9 0.012 125), oklch(0.315 0.017 165));
  --accent: light-dark(oklch(0.47 0.088 160), oklch(0.82 0.092 152));
  --flash: light-dark(oklch(0.94 0.06 92), oklch(0.36 0.05 88));
}
* { box-sizing: border-box; }
body {
  max-width: 48rem; margin: 0 auto; padding: 1.5rem 1rem 4rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.5 -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, Cantarell, "Noto Sans", "DejaVu Sans Condensed", system-ui, sans-serif;
  overflow-wrap: anywhere;
}
header { padding-bottom: 1rem; border-bottom: 1px solid var(--line); }
h1, h2 { font-family: "Iowan Old Style", Palatino, Charter, "Noto Serif", Georgia, ui-serif, serif; font-weight: 600; line-height: 1.2; text-wrap: balance; }
h1 { margin: 0 0 0.5rem; font-size: 1.75rem; }
h2 { margin: 2.5rem 0 0.5rem; font-size: 1.25rem; }
header p, .facts p { margin: 0.25rem 0; }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible, pre:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 0.25rem; }
.soft, .when, .deleted, .quoted, summary { color: var(--soft); font-size: 0.8125rem; }
.day { font-family: inherit; display: flex; align-items: center; gap: 0.75rem; margin: 2rem 0 1rem; color: var(--soft); font-size: 0.8125rem; font-weight: 600; }
.day::before, .day::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
article { display: grid; grid-template-columns: 2.25rem minmax(0, 1fr); gap: 0 0.75rem; margin-top: 1rem; padding: 0.125rem 0; border-radius: 0.5rem; }
article.follows { margin-top: 0; }
article:target { background: var(--flash); }
article > div:not(.face) { grid-column: 2; }
.face {
  --hue: 160; grid-row: 1; width: 2.25rem; height: 2.25rem; border-radius: 50%; overflow: hidden;
  display: grid; place-items: center; font-weight: 600; font-size: 0.9375rem;
  background: light-dark(oklch(0.91 0.045 var(--hue)), oklch(0.37 0.05 var(--hue)));
  color: light-dark(oklch(0.36 0.07 var(--hue)), oklch(0.91 0.05 var(--hue)));
}
.face.t1 { --hue: 205; } .face.t2 { --hue: 255; } .face.t3 { --hue: 300; } .face.t4 { --hue: 345; }
.face.t5 { --hue: 25; } .face.t6 { --hue: 65; } .face.t7 { --hue: 105; }
.who { font-weight: 600; }
.when { margin-inline-start: 0.5rem; text-decoration: none; font-variant-numeric: tabular-nums; }
.when:hover { text-decoration: underline; }
.follows .when { float: right; margin-inline-start: 0.75rem; }
.text :is(p, ul, ol, pre, blockquote) { margin: 0; }
.text :is(p, ul, ol, pre, blockquote) + * { margin-top: 0.5rem; }
p, li { white-space: pre-wrap; }
ul, ol { padding-inline-start: 1.5rem; }
blockquote { margin: 0; padding-inline-start: 0.75rem; border-inline-start: 3px solid var(--line); color: var(--soft); }
code { padding: 0.1em 0.3em; border-radius: 0.25rem; background: var(--raised); font: 0.875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { padding: 0.75rem; border: 1px solid var(--line); border-radius: 0.5rem; background: var(--raised); overflow-x: auto; overflow-wrap: normal; }
pre code { padding: 0; background: none; }
.mention { color: var(--accent); font-weight: 600; }
.quoted { display: block; max-width: 100%; margin-bottom: 0.125rem; padding-inline-start: 0.5rem; border-inline-start: 3px solid var(--line); text-decoration: none; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.quoted:hover { text-decoration: underline; }
.deleted { margin: 0; font-style: italic; }
.files, .signs { display: flex; flex-wrap: wrap; gap: 0.5rem; margin: 0.5rem 0 0; padding: 0; list-style: none; }
.files > li { max-width: 100%; }
img, video { display: block; max-width: min(100%, 26rem); max-height: 22rem; width: auto; height: auto; border-radius: 0.75rem; background: var(--raised); }
audio { display: block; max-width: 100%; }
.file { display: block; padding: 0.5rem 0.75rem; border: 1px solid var(--line); border-radius: 0.75rem; }
.signs > li { padding: 0 0.5rem; border: 1px solid var(--line); border-radius: 1rem; font-size: 0.8125rem; line-height: 1.75; }
details { margin: 0.5rem 0 0 3rem; padding-inline-start: 0.75rem; border-inline-start: 3px solid var(--line); }
summary { width: fit-content; padding: 0.25rem 0; color: var(--accent); font-weight: 600; cursor: pointer; }
section { content-visibility: auto; contain-intrinsic-size: auto 40rem; }
.facts { margin-top: 1rem; }
dl { display: grid; grid-template-columns: fit-content(45%) minmax(0, 1fr); gap: 0.25rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; }
@media (max-width: 30rem) { article { grid-template-columns: 1.75rem minmax(0, 1fr); gap: 0 0.5rem; } details { margin-inline-start: 2.25rem; } .face { width: 1.75rem; height: 1.75rem; font-size: 0.8125rem; } }
@media print { details::details-content { content-visibility: visible; } }
`;
