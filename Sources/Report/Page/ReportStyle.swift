/// The look of a report page.
enum ReportStyle {
    /// Figures stay on white in the dark as well: their colours are chosen for paper.
    static let css = """

        :root { color-scheme: light dark; --ink: #1c1c1e; --soft: #5c5c62; --page: #ffffff; --line: #d5d5da;
          --shade: #f4f4f6; --link: #00568a; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6e6e9; --soft: #a4a4ac; --page: #17171a; --line: #3c3c44; --shade: #222227; --link: #7cc0f0; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink);
          font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
        main { max-width: 50rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
        h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 0.5rem; }
        h2 { font-size: 1.35rem; line-height: 1.25; margin: 2.5rem 0 0.75rem; }
        h3 { font-size: 1.1rem; margin: 1.75rem 0 0.5rem; }
        h4 { font-size: 1rem; margin: 1.5rem 0 0.5rem; color: var(--soft); }
        h1, h2, h3, h4, p, dd, figcaption, caption { overflow-wrap: break-word; }
        p { margin: 0.75rem 0; }
        a { color: var(--link); }
        .subtitle { color: var(--soft); margin-top: 0; }
        nav ul { list-style: none; margin: 1rem 0; padding: 0.6rem 0; display: flex; flex-wrap: wrap;
          gap: 0.25rem 1.25rem; border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); }
        figure { margin: 1.5rem 0; }
        figure svg { display: block; max-width: 100%; height: auto; margin: 0 auto; background: #ffffff;
          border-radius: 4px; }
        figcaption, caption { color: var(--soft); font-size: 0.9rem; line-height: 1.4; text-align: left; }
        figcaption { margin-top: 0.5rem; }
        caption { caption-side: top; padding-bottom: 0.5rem; }
        .scroll { overflow-x: auto; margin: 1.5rem 0; }
        table { border-collapse: collapse; font-size: 0.95rem; border-bottom: 1.5px solid var(--ink); }
        th, td { padding: 0.35rem 1.5rem 0.35rem 0; text-align: left; vertical-align: top; }
        th:last-child, td:last-child { padding-right: 0; }
        thead th { border-top: 1.5px solid var(--ink); border-bottom: 1px solid var(--ink); font-weight: 600; }
        tbody tr + tr td { border-top: 1px solid var(--line); }
        th.number, td.number { text-align: right; font-variant-numeric: tabular-nums lining-nums; }
        td.number { white-space: nowrap; }
        th.center, td.center { text-align: center; }
        dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: 0.25rem 1.5rem; margin: 1rem 0; }
        dt { color: var(--soft); }
        dd { margin: 0; min-width: 0; font-variant-numeric: tabular-nums; }
        pre { background: var(--shade); padding: 0.75rem 1rem; border-radius: 4px; overflow-x: auto;
          font: 0.85rem/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
        @media (max-width: 34rem) {
          dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 0.5rem; }
        }
        @media print {
          :root { --ink: #000000; --soft: #444444; --page: #ffffff; --line: #bbbbbb; --shade: #f4f4f4; --link: #000000; }
          @page { margin: 18mm; }
          body { font-size: 10.5pt; } main { max-width: none; padding: 0; } nav { display: none; }
          figure, tr, dl, pre { break-inside: avoid; } h2, h3, h4, caption { break-after: avoid; }
          pre { white-space: pre-wrap; } .scroll { overflow: visible; }
          figure svg { max-height: 100mm; width: auto; }
        }

        """
}
