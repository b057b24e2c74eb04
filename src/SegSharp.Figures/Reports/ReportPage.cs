namespace SegSharp.Figures.Reports;

/// <summary>Style and script of the report.</summary>
internal static class ReportPage
{
    /// <summary>Colours are named, so that dark mode changes them in one place; figures follow through their classes.</summary>
    public const string Style = """

        :root{--ink:#1b1f24;--muted:#5c6670;--grid:#e1e5ea;--paper:#fff;--ground:#f5f6f8;--accent:#0072b2;--warn:#fff4e0;--warn-line:#e69f00}
        @media (prefers-color-scheme:dark){:root{--ink:#e8ebee;--muted:#a2acb6;--grid:#363e47;--paper:#1d2228;--ground:#14171b;--accent:#5bb4ea;--warn:#33290f;--warn-line:#e69f00}
        svg [fill="#0072b2"]{fill:#5bb4ea}svg [stroke="#0072b2"]{stroke:#5bb4ea}svg [fill="#d55e00"]{fill:#ff8a3d}svg [stroke="#d55e00"]{stroke:#ff8a3d}
        svg [fill="#009e73"]{fill:#2fc79b}svg [stroke="#009e73"]{stroke:#2fc79b}svg [fill="#333333"]{fill:#cfd4da}svg [stroke="#333333"]{stroke:#cfd4da}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI","DejaVu Sans",Verdana,sans-serif}
        header,nav,main,footer{max-width:1180px;margin:0 auto;padding:0 24px}
        header{padding-top:32px}
        h1{font-size:27px;line-height:1.2;margin:0 0 4px}
        h2{font-size:18px;margin:0 0 10px}
        .subtitle{color:var(--muted);margin:0 0 8px}
        nav{padding-top:8px;display:flex;flex-wrap:wrap;gap:4px 18px;font-size:14px}
        a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
        section{background:var(--paper);border:1px solid var(--grid);border-radius:8px;padding:18px 22px;margin:18px 0}
        section.joined{margin-top:-19px;border-top:0;border-top-left-radius:0;border-top-right-radius:0;padding-top:4px}
        section:has(+ section.joined){border-bottom:0;border-bottom-left-radius:0;border-bottom-right-radius:0}
        p{margin:0 0 12px;max-width:80ch}
        .small,.grid,figcaption{color:var(--muted);font-size:13.5px}
        .grid{margin-bottom:6px}
        .small{margin-top:8px;margin-bottom:0}
        .headlines{display:flex;flex-wrap:wrap;gap:16px 44px}
        .headlines div{display:flex;flex-direction:column}
        .headlines .name{color:var(--muted);font-size:13.5px}
        .headlines .value{font-size:32px;font-weight:650;line-height:1.2;font-variant-numeric:tabular-nums}
        .headlines .note{color:var(--muted);font-size:12.5px}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:3px 24px;margin:0}
        dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}
        th,td{padding:5px 14px 5px 0;text-align:left;border-bottom:1px solid var(--grid);white-space:nowrap}
        th{font-weight:600;border-bottom:1.5px solid var(--muted)}
        .number{text-align:right;padding-left:14px;padding-right:0}
        .summary td{font-weight:650}
        tr:not(.summary)+.summary td{border-top:1.5px solid var(--muted)}
        .best{color:var(--accent);font-weight:650}
        details>summary{cursor:pointer;color:var(--accent);margin-bottom:6px}
        figure{margin:0}figcaption{margin-top:8px;max-width:80ch}
        .switch .other,.switch input:checked~.plain{display:none}.switch input:checked~.other{display:block}.switch label{margin-left:6px;font-size:13.5px;cursor:pointer}
        svg{display:block;max-width:100%;height:auto}
        .f-ink{fill:var(--ink)}.f-muted{fill:var(--muted)}.f-grid{fill:var(--grid)}.f-paper{fill:var(--paper)}
        .s-ink{stroke:var(--ink)}.s-muted{stroke:var(--muted)}.s-grid{stroke:var(--grid)}.s-paper{stroke:var(--paper)}
        .notes{margin:0;padding:0;list-style:none}
        .notes li{background:var(--warn);border-left:3px solid var(--warn-line);padding:8px 12px;margin:0 0 8px;border-radius:0 4px 4px 0}
        footer{color:var(--muted);font-size:13px;padding-top:4px;padding-bottom:32px}
        #tip{position:absolute;pointer-events:none;background:var(--paper);color:var(--ink);border:1px solid var(--muted);border-radius:5px;padding:5px 9px;font-size:12.5px;line-height:1.45;box-shadow:0 2px 8px #0003;font-variant-numeric:tabular-nums;white-space:nowrap}
        #tip i{display:inline-block;width:9px;height:9px;border-radius:50%;margin-right:6px}
        @media print{body{background:#fff;font-size:12px}section{break-inside:avoid;border:0;padding:6px 0;margin:8px 0}nav,#tip,.switch input,.switch label{display:none}}

        """;

    /// <summary>Shows, under the pointer, the values of every line of a plot. Texts enter as text nodes only.</summary>
    public const string Script = """

        //<![CDATA[
        'use strict';
        (() => {
          const tip = document.getElementById('tip');
          const make = (name, attributes) => {
            const element = document.createElementNS('http://www.w3.org/2000/svg', name);
            for (const key in attributes) element.setAttribute(key, attributes[key]);
            return element;
          };
          for (const plot of document.querySelectorAll('g[data-plot]')) {
            const [left, top, width, height, x0, x1, y0, y1, log] = JSON.parse(plot.dataset.plot);
            const series = JSON.parse(plot.dataset.series).filter(s => s.x.length > 0);
            if (series.length === 0) continue;
            const svg = plot.ownerSVGElement;
            const line = make('line', {y1: top, y2: top + height, 'class': 's-muted', 'stroke-width': 1, visibility: 'hidden'});
            const dots = series.map(s => make('circle', {r: 3.5, fill: s.colour, visibility: 'hidden'}));
            const hit = make('rect', {x: left, y: top, width: width, height: height, fill: 'transparent'});
            plot.append(line, ...dots, hit);
            const place = y => top + height * (1 - (log ? Math.log(y / y0) / Math.log(y1 / y0) : (y - y0) / (y1 - y0)));
            const hide = () => { tip.hidden = true; for (const e of [line, ...dots]) e.setAttribute('visibility', 'hidden'); };
            hit.addEventListener('pointerleave', hide);
            hit.addEventListener('pointermove', event => {
              const box = svg.getBoundingClientRect();
              const at = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
              const wanted = x0 + (at - left) / width * (x1 - x0);
              let x = series[0].x[0];
              for (const s of series) for (const v of s.x) if (Math.abs(v - wanted) < Math.abs(x - wanted)) x = v;
              const px = left + (x - x0) / (x1 - x0) * width;
              line.setAttribute('x1', px);
              line.setAttribute('x2', px);
              line.setAttribute('visibility', 'visible');
              tip.replaceChildren(plot.dataset.xName + ' ' + x);
              series.forEach((s, i) => {
                const k = s.x.indexOf(x);
                dots[i].setAttribute('visibility', k < 0 ? 'hidden' : 'visible');
                if (k < 0) return;
                dots[i].setAttribute('cx', px);
                dots[i].setAttribute('cy', place(s.y[k]));
                const row = document.createElement('div');
                const mark = document.createElement('i');
                mark.style.background = s.colour;
                row.append(mark, s.name + '  ' + Number(s.y[k].toPrecision(4)));
                tip.append(row);
              });
              tip.hidden = false;
              const room = document.documentElement.clientWidth - tip.offsetWidth - 20;
              tip.style.left = Math.min(event.pageX + 14, window.scrollX + room) + 'px';
              tip.style.top = event.pageY + 14 + 'px';
            });
          }
        })();
        //]]>

        """;
}
