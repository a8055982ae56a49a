/// How a page looks: in light and dark, on a telephone and on paper.
enum Style {
  static let sheet = """
    :root {
      color-scheme: light dark;
      --back: #ffffff; --ink: #1a1d21; --soft: #5d6672; --line: #e4e7eb; --panel: #f6f7f9;
      --s0: #2b66d9; --s1: #c85a00; --s2: #0b7f75; --s3: #7a48c8; --good: #1c7c3c; --bad: #c23030;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --back: #111418; --ink: #e6e9ed; --soft: #98a2ae; --line: #2a3038; --panel: #191d23;
        --s0: #7aaeff; --s1: #ffa657; --s2: #4fd0c1; --s3: #bd9cff; --good: #5cc980; --bad: #ff7f76;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body {
      margin: 0; background: var(--back); color: var(--ink);
      font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
    }
    main { max-width: 1080px; margin: 0 auto; padding: 56px 32px 24px; }
    footer { max-width: 1080px; margin: 0 auto; padding: 24px 32px 56px; color: var(--soft); font-size: 14px; }
    h1 { font-size: 34px; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; margin: 8px 0 12px; overflow-wrap: anywhere; }
    h2 { font-size: 22px; font-weight: 650; letter-spacing: -0.01em; margin: 72px 0 16px; }
    h3 { font-size: 16px; font-weight: 600; margin: 36px 0 8px; }
    p { margin: 0 0 16px; max-width: 72ch; }
    .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    .lead { font-size: 20px; line-height: 1.45; color: var(--soft); margin-bottom: 36px; }
    .status { font-size: 14px; font-weight: 600; color: var(--soft); margin: 0; }
    .status::before {
      content: ""; display: inline-block; width: 9px; height: 9px; border-radius: 50%; margin-right: 8px;
      background: currentColor;
    }
    .status.running { color: var(--s0); }
    .status.finished { color: var(--good); }
    .status.failed { color: var(--bad); }
    .status.interrupted, .status.stale { color: var(--s1); }
    .fault, .flag { border-left: 3px solid var(--bad); padding: 4px 0 4px 16px; margin: 0 0 32px; }
    .flag { margin-bottom: 20px; }
    .flag p { margin: 0 0 4px; font-weight: 600; }
    .flag ul { margin: 0; padding-left: 20px; color: var(--soft); }
    pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.5 ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace; }
    section pre { white-space: pre; overflow-x: auto; }
    dl { margin: 0; }
    dd { margin: 0; }
    .figures { display: flex; flex-wrap: wrap; gap: 28px 44px; }
    .figures div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
    .figures dd { font-size: 28px; line-height: 1.2; font-weight: 600; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; }
    .figures dt { font-size: 14px; color: var(--soft); }

    .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 48px 40px; }
    figure { margin: 0; }
    .chart { position: relative; max-width: 620px; }
    .chart h3 { margin: 0; }
    .chart figcaption p { margin: 0 0 8px; font-size: 14px; color: var(--soft); }
    svg { display: block; width: 100%; height: auto; overflow: visible; outline-offset: 4px; }
    svg:focus-visible { outline: 2px solid var(--line); border-radius: 2px; }
    svg text { font-size: 12px; fill: var(--soft); font-variant-numeric: tabular-nums; }
    .s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); }
    .grid { stroke: var(--line); stroke-width: 1; }
    .curve { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
    .band { fill: var(--c); opacity: 0.16; }
    .dot { fill: var(--c); }
    .mark { fill: var(--back); stroke: var(--c); stroke-width: 2; }
    svg text.name { fill: var(--c); font-weight: 600; }
    line.broken { stroke: var(--bad); stroke-dasharray: 3 3; }
    svg text.broken { fill: var(--bad); }
    .over { fill: transparent; }
    .cursor { stroke: var(--soft); stroke-width: 1; }
    .tip {
      position: absolute; z-index: 1; pointer-events: none; background: var(--back); border: 1px solid var(--line);
      border-radius: 6px; padding: 6px 10px; font-size: 13px; line-height: 1.45; white-space: nowrap;
      box-shadow: 0 4px 16px rgb(0 0 0 / 0.12); font-variant-numeric: tabular-nums;
    }
    .tip b { color: var(--c); font-weight: 600; }
    details { font-size: 14px; }
    summary { color: var(--soft); cursor: pointer; width: fit-content; font-size: 13px; }

    .scroll { overflow-x: auto; margin: 0 0 16px; }
    details .scroll { max-height: 320px; overflow-y: auto; margin-top: 8px; }
    table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
    caption { text-align: left; color: var(--soft); font-size: 14px; padding: 0 0 8px; }
    caption span { display: block; max-width: min(100%, calc(100vw - 36px)); }
    th, td { text-align: left; padding: 6px 20px 6px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
    th { font-weight: 600; color: var(--soft); font-size: 13px; }
    .n { text-align: right; }
    .confusion { border-collapse: separate; border-spacing: 2px; }
    .confusion th, .confusion td { border: 0; padding: 0 4px; text-align: center; min-width: 38px; height: 34px; border-radius: 4px; }
    .confusion tbody th { text-align: right; padding-right: 8px; }
    .confusion .zero { color: var(--line); }
    .confusion .edge { color: var(--soft); font-size: 13px; font-weight: 400; padding: 0 8px; }
    .confusion .right { background: color-mix(in srgb, var(--s0) var(--p), transparent); }
    .confusion .wrong { background: color-mix(in srgb, var(--s1) var(--p), transparent); }
    .pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 24px 20px; }
    .pictures img { display: block; width: 104px; height: 104px; object-fit: contain; image-rendering: pixelated; border-radius: 4px; background: #000; }
    .pictures figcaption { font-size: 13px; line-height: 1.4; margin-top: 6px; }
    .pictures span { display: block; color: var(--soft); }
    .flow { display: block; position: relative; width: 180px; height: 12px; background: linear-gradient(var(--line), var(--line)) center / 1px 100% no-repeat; }
    .flow i { position: absolute; top: 1px; bottom: 1px; min-width: 2px; background: var(--s3); border-radius: 2px; }
    .flow.bad i { background: var(--bad); }
    .bar { display: flex; height: 20px; gap: 2px; margin: 0 0 12px; }
    .bar i { display: block; min-width: 2px; border-radius: 3px; }
    .legend { display: flex; flex-wrap: wrap; gap: 8px 28px; margin-bottom: 28px; font-size: 14px; }
    .legend div { display: flex; gap: 8px; }
    .legend dt { color: var(--soft); }
    .legend dt i { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 6px; }
    .legend dd { font-variant-numeric: tabular-nums; }
    .m0 { background: var(--s0); } .m1 { background: var(--s1); } .m2 { background: var(--s2); }
    .m3 { background: var(--s3); } .m4 { background: var(--soft); }
    section > dl:not(.legend) { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); gap: 10px 40px; font-size: 14px; }
    section > dl dt { color: var(--soft); }
    section > dl dd { overflow-wrap: anywhere; }

    @media (max-width: 640px) {
      main { padding: 32px 18px 16px; }
      footer { padding: 16px 18px 40px; }
      h1 { font-size: 27px; }
      h2 { margin-top: 56px; }
      .lead { font-size: 18px; margin-bottom: 28px; }
      .figures { display: grid; grid-template-columns: 1fr 1fr; gap: 20px; }
      .figures dd { font-size: 23px; }
      svg text { font-size: 14px; }
      section > dl:not(.legend) div { display: grid; grid-template-columns: 2fr 3fr; gap: 12px; }
      .confusion th, .confusion td { min-width: 24px; height: 28px; font-size: 13px; padding: 0 2px; }
      .confusion .edge { font-size: 11px; padding: 0 1px; }
    }
    @media print {
      :root {
        color-scheme: light;
        --back: #ffffff; --ink: #000000; --soft: #444a52; --line: #d5d9de; --panel: #ffffff;
        --s0: #1f55c0; --s1: #b34f00; --s2: #086b62; --s3: #6636b4; --good: #14602d; --bad: #a82020;
      }
      body { font-size: 11pt; }
      main, footer { max-width: none; padding: 0; }
      h1 { font-size: 22pt; }
      h2 { margin-top: 28pt; break-after: avoid; }
      h3 { break-after: avoid; }
      details, .tip { display: none; }
      .charts { grid-template-columns: 1fr 1fr; gap: 20pt; }
      .scroll { overflow: visible; }
      figure, .flag, tr, .bar, .legend { break-inside: avoid; }
      * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
    }
    """
}
