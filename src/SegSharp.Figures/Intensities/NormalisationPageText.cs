namespace SegSharp.Figures.Intensities;

/// <summary>Style, body and script of the explorer. The body holds every shape of its plots; the script only sets their places, so that all texts enter as text.</summary>
internal static class NormalisationPageText
{
    public const string Style = """

        header{padding-top:20px}h1{font-size:23px;overflow-wrap:anywhere}
        .controls{position:sticky;top:0;z-index:2;display:flex;flex-wrap:wrap;gap:10px 20px;align-items:center;margin:10px 0;padding:11px 22px;box-shadow:0 2px 8px #0001}
        .controls>div{display:flex;align-items:center;gap:8px}
        .controls .name{color:var(--muted);font-size:13.5px}
        .controls output{min-width:8.5ch;font-variant-numeric:tabular-nums;font-size:14px}
        input[type=range]{width:150px;accent-color:var(--accent)}
        .choice{display:inline-flex;border:1px solid var(--muted);border-radius:6px;overflow:hidden}
        .choice button{border:0;border-left:1px solid var(--grid);background:var(--paper);color:var(--ink);font:inherit;font-size:13.5px;padding:4px 9px;cursor:pointer}
        .choice button:first-child{border-left:0}
        .choice button:hover:not(:disabled){background:var(--ground)}
        .choice button[aria-pressed=true]{background:#0072b2;color:#fff}
        .choice button:disabled{color:var(--muted);opacity:.55;cursor:not-allowed}
        button:focus-visible,input:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
        .sides{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr) 300px;gap:14px 30px}
        .sides section,.below section{margin:0}
        .below{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:18px;margin:16px 0}
        .below.alone{grid-template-columns:minmax(0,1fr)}
        main>section{margin:12px 0;padding:14px 22px}
        .below section{padding:14px 22px}
        h2{font-size:16px;margin:0 0 8px}h2 small{font-weight:400;color:var(--muted);font-size:13px}
        .frame{height:300px;display:flex;align-items:center;justify-content:center;background:var(--ground);border-radius:4px;overflow:hidden}
        .subtitle{max-width:none}#afterTitle{margin-top:16px}
        .frame img{image-rendering:pixelated;display:block}
        .caption{color:var(--muted);font-size:13px;margin:5px 0 8px;font-variant-numeric:tabular-nums}
        .plot{width:100%;overflow:visible}
        .plot text{font-size:11px;fill:var(--muted)}
        .plot .end{text-anchor:end}.plot .middle{text-anchor:middle}
        .tick{stroke:var(--grid)}.base{stroke:var(--muted)}
        .slice{fill:#0072b2;fill-opacity:.4;stroke:#0072b2;stroke-width:1}
        .whole{fill:none;stroke:#d55e00;stroke-width:1.6}
        .mean{fill:none;stroke:#0072b2;stroke-width:1.6}
        .here{stroke:var(--muted);stroke-dasharray:3 3}.dot{fill:#0072b2}
        .key i{display:inline-block;width:11px;height:11px;margin:0 5px 0 0;border-radius:2px}
        .key span{margin-right:14px}
        .sides table,.sides dl{font-size:13.5px;width:100%}
        .sides td{padding:3px 0}.sides th{padding:3px 0}
        .grid-of{display:grid;gap:6px 8px;align-items:center;justify-content:start;font-size:13px;margin:0;color:var(--ink)}
        .grid-of .top{color:var(--muted);text-align:center}
        .grid-of button{border:2px solid transparent;border-radius:5px;padding:0;background:var(--ground);cursor:pointer;width:100%;aspect-ratio:1;display:flex;align-items:center;justify-content:center;overflow:hidden}
        .grid-of button[aria-pressed=true]{border-color:#e69f00}
        .grid-of button img{max-width:100%;max-height:100%;image-rendering:auto}
        .grid-of .none{color:var(--muted);text-align:center}
        @media (prefers-color-scheme:dark){.slice{fill:#5bb4ea;stroke:#5bb4ea}.mean{stroke:#5bb4ea}.dot{fill:#5bb4ea}.whole{stroke:#ff8a3d}}
        @media (max-width:1000px){.sides,.below{grid-template-columns:minmax(0,1fr)}.controls{position:static}}

        """;

    public const string Body = """
        <main>
        <noscript><p>The sliders of this page need its script.</p></noscript>
        <section class="controls">
        <div id="sliceControl"><label class="name" for="slice">Slice</label><input type="range" id="slice" min="0" step="1"/><output id="sliceText" for="slice"></output></div>
        <div><span class="name">Method</span><span class="choice" id="methods" role="group" aria-label="Method"></span></div>
        <div><span class="name">Statistics of</span><span class="choice" id="scopes" role="group" aria-label="Statistics of"></span></div>
        </section>
        <section><div class="sides">
        <div>
        <h2>Original</h2>
        <div class="frame"><img id="pictureA" alt="the original slice"/></div>
        <div class="caption" id="captionA"></div>
        <svg class="plot" id="plotA" viewBox="0 0 340 168" role="img" aria-label="histogram of the original">
        <g class="ticks"></g><path class="slice"/><path class="whole"/><path class="base" d="M0 150H340"/><text class="cut" x="0" y="9"></text><text class="end sum" x="340" y="9"></text></svg>
        </div>
        <div>
        <h2 id="titleB"></h2>
        <div class="frame"><img id="pictureB" alt="the normalised slice"/></div>
        <div class="caption" id="captionB"></div>
        <svg class="plot" id="plotB" viewBox="0 0 340 168" role="img" aria-label="histogram after the normalisation">
        <g class="ticks"></g><path class="slice"/><path class="whole"/><path class="base" d="M0 150H340"/><text class="cut" x="0" y="9"></text><text class="end sum" x="340" y="9"></text></svg>
        </div>
        <div>
        <h2>Statistics used</h2>
        <p class="small" id="source"></p>
        <table><tbody id="used"></tbody></table>
        <h2 id="afterTitle">After the normalisation</h2>
        <table><thead><tr id="afterHead"></tr></thead><tbody id="after"></tbody></table>
        <p class="small key"><span><i style="background:#0072b2"></i><span id="keySlice"></span></span><span id="keyWhole"><i style="background:#d55e00"></i>whole volume</span></p>
        </div>
        </div></section>
        <div class="below" id="below">
        <section><h2>Every method and scope <small id="gridNote"></small></h2><div class="grid-of" id="grid"></div></section>
        <section id="meansSection"><h2>Mean of every slice <small id="meansNote"></small></h2>
        <svg class="plot" id="means" viewBox="0 0 500 250" role="img" aria-label="mean of every slice, before and after">
        <text x="0" y="10">original</text><path class="base" d="M40 110H500"/><path class="mean" id="meanA"/><path class="here" id="hereA"/><circle class="dot" id="dotA" r="4"/>
        <text class="end" id="highA" x="34" y="27"></text><text class="end" id="lowA" x="34" y="112"></text>
        <text x="0" y="138" id="meanName"></text><path class="base" d="M40 232H500"/><path class="mean" id="meanB"/><path class="here" id="hereB"/><circle class="dot" id="dotB" r="4"/>
        <text class="end" id="highB" x="34" y="155"></text><text class="end" id="lowB" x="34" y="234"></text>
        <text x="40" y="248">slice 0</text><text class="end" id="lastSlice" x="500" y="248"></text></svg>
        <p class="small" id="lesson"></p></section>
        </div>
        </main>
        <footer>SegSharp. Nothing of this page comes from elsewhere. Pictures: black is the percentile 0.5 of the whole image after the normalisation, white 99.5.<span id="keys"> The arrow keys move the slice.</span></footer>
        """;

    public const string Script = """

        //<![CDATA[
        'use strict';
        (() => {
          const data = JSON.parse(document.getElementById('data').textContent);
          const get = id => document.getElementById(id);
          const add = (to, name, text, className) => {
            const element = document.createElement(name);
            if (text !== undefined) element.textContent = text;
            if (className) element.className = className;
            to.append(element);
            return element;
          };
          const number = v => {
            if (v === null || v === undefined) return '–';
            const a = Math.abs(v);
            const text = a === 0 || a < 1e-9 ? '0' : a < 1e-3 || a >= 1e6 ? v.toExponential(2) : a < 10 ? String(Number(v.toFixed(3))) : a < 1000 ? String(Number(v.toFixed(1))) : String(Math.round(v));
            return text.replace('-', '−');
          };
          const volume = data.depth > 1;
          const state = {slice: Math.floor(data.slices.length / 2), method: 0, scope: data.scopes[0].key};
          const viewOf = (method, scope) => data.views[method + ' ' + scope];
          const uri = page => data.pictures[state.slice][page.picture];

          const readHash = () => {
            for (const part of location.hash.slice(1).split('&')) {
              const [key, value] = part.split('=').map(decodeURIComponent);
              if (key === 'slice') {
                const wanted = Number(value);
                let best = 0;
                data.slices.forEach((s, i) => { if (Math.abs(s - wanted) < Math.abs(data.slices[best] - wanted)) best = i; });
                if (Number.isFinite(wanted)) state.slice = best;
              }
              if (key === 'method') {
                const at = data.methods.findIndex(m => m.name === value);
                if (at >= 0) state.method = at;
              }
              if (key === 'scope') {
                const found = data.scopes.find(s => s.name === value);
                if (found) state.scope = found.key;
              }
            }
          };

          const histogram = (id, view, page) => {
            const plot = get(id);
            const path = shares => {
              let d = '';
              shares.forEach((share, i) => {
                const y = (150 - 132 * Math.min(share / page.top, 1)).toFixed(2);
                d += (i ? 'V' : '') + y + 'H' + ((i + 1) * 340 / shares.length).toFixed(2);
              });
              return d;
            };
            plot.querySelector('.slice').setAttribute('d', 'M0 150V' + path(page.shares) + 'V150Z');
            plot.querySelector('.whole').setAttribute('d', volume ? 'M0 ' + path(view.whole) : '');
            plot.querySelector('.cut').textContent = page.cutOff ? 'highest bin ' + page.cutOff + ' %, cut off' : '';
            plot.querySelector('.sum').textContent = 'mean ' + number(page.after[0]) + ' ± ' + number(page.after[1]);
            const ticks = plot.querySelector('.ticks');
            const space = plot.namespaceURI;
            ticks.replaceChildren();
            for (const [place, text] of view.ticks) {
              const line = document.createElementNS(space, 'path');
              line.setAttribute('class', 'tick');
              line.setAttribute('d', 'M' + (place * 340).toFixed(1) + ' 18V150');
              const label = document.createElementNS(space, 'text');
              label.setAttribute('class', 'middle');
              label.setAttribute('x', (place * 340).toFixed(1));
              label.setAttribute('y', '165');
              label.textContent = text;
              ticks.append(line, label);
            }
          };

          const curve = (letter, view, top, bottom) => {
            const known = view.means.filter(m => m !== null);
            let low = Math.min(...known), high = Math.max(...known);
            if (high - low < 1e-4 * Math.max(1, Math.abs(high), view.after[1])) { const middle = (low + high) / 2; const room = Math.max(1e-9, view.after[1]); low = middle - room; high = middle + room; }
            const x = i => 40 + 460 * (data.depth > 1 ? i / (data.depth - 1) : 0);
            const y = m => bottom - (bottom - top) * (m - low) / (high - low);
            let d = '', pen = false;
            view.means.forEach((m, i) => {
              if (m === null) { pen = false; return; }
              d += (pen ? 'L' : 'M') + x(i).toFixed(1) + ' ' + y(m).toFixed(1);
              pen = true;
            });
            get('mean' + letter).setAttribute('d', d);
            const at = data.slices[state.slice];
            get('here' + letter).setAttribute('d', 'M' + x(at) + ' ' + (top - 4) + 'V' + bottom);
            const dot = get('dot' + letter);
            dot.setAttribute('visibility', view.means[at] === null ? 'hidden' : 'visible');
            if (view.means[at] !== null) { dot.setAttribute('cx', x(at)); dot.setAttribute('cy', y(view.means[at])); }
            get('high' + letter).textContent = number(high);
            get('low' + letter).textContent = number(low);
          };

          const rows = (body, list) => {
            body.replaceChildren();
            for (const [name, ...values] of list) {
              const row = add(body, 'tr');
              add(row, 'td', name);
              for (const value of values) add(row, 'td', value, 'number');
            }
          };

          const size = image => {
            const box = image.parentElement;
            const [w, h] = [box.clientWidth, box.clientHeight];
            const wide = Math.min(w, h * data.aspect);
            image.style.width = wide + 'px';
            image.style.height = wide / data.aspect + 'px';
          };

          const show = () => {
            if (!viewOf(state.method, state.scope)) state.scope = data.scopes.map(s => s.key).find(k => viewOf(state.method, k)) ?? state.scope;
            const method = data.methods[state.method];
            const scope = data.scopes.find(s => s.key === state.scope);
            const original = data.views.original;
            const view = viewOf(state.method, state.scope) ?? original;
            const [before, page] = [original.pages[state.slice], view.pages[state.slice]];
            const slice = data.slices[state.slice];
            get('slice').value = state.slice;
            get('sliceText').textContent = slice + ' (0–' + (data.depth - 1) + ')';
            get('pictureA').src = uri(before);
            get('pictureB').src = uri(page);
            get('captionA').textContent = 'black ' + number(original.black) + ', white ' + number(original.white);
            get('captionB').textContent = 'black ' + number(view.black) + ', white ' + number(view.white);
            get('titleB').replaceChildren(method.name + ' ');
            add(get('titleB'), 'small', 'by the statistics of the ' + scope.name + (method.settings ? ', ' + method.settings : ''));
            histogram('plotA', original, before);
            histogram('plotB', view, page);
            const own = data.statistics[state.scope];
            const used = state.scope === 'Slice' ? own[state.slice] : own;
            get('source').textContent = 'Of ' + (scope.source === 'slice' ? 'slice ' + slice : scope.source) + ', before the normalisation.';
            const names = ['values', 'mean', 'standard deviation', 'minimum', 'percentile 1', 'percentile 25', 'median', 'percentile 75', 'percentile 99', 'maximum'];
            rows(get('used'), names.map((name, i) => [name, i ? number(used[i]) : used[0].toLocaleString('en')]));
            rows(get('after'), ['mean', 'std. deviation', 'minimum', 'maximum'].map((name, i) => volume
              ? [name, number(page.after[i]), number(view.after[i])] : [name, number(page.after[i])]));
            if (volume) {
              curve('A', original, 24, 110);
              curve('B', view, 152, 232);
              get('meanName').textContent = method.name + ', by ' + scope.name;
            }
            for (const [id, chosen] of [['methods', String(state.method)], ['scopes', state.scope]]) {
              for (const button of get(id).children) {
                button.setAttribute('aria-pressed', String(button.dataset.key === chosen));
                if (id === 'scopes') button.disabled = !viewOf(state.method, button.dataset.key);
              }
            }
            for (const button of get('grid').querySelectorAll('button')) {
              const [m, s] = [Number(button.dataset.method), button.dataset.scope];
              button.firstChild.src = uri(viewOf(m, s).pages[state.slice]);
              button.setAttribute('aria-pressed', String(m === state.method && s === state.scope));
            }
            get('gridNote').textContent = volume ? 'slice ' + slice : '';
            try {
              history.replaceState(null, '', '#slice=' + slice + '&method=' + encodeURIComponent(method.name) + '&scope=' + encodeURIComponent(scope.name));
            } catch { }
          };

          const choose = change => { Object.assign(state, change); show(); };
          const button = (to, text, key, change) => {
            const element = add(to, 'button', text);
            element.type = 'button';
            element.dataset.key = key;
            element.addEventListener('click', () => choose(change));
            return element;
          };
          data.methods.forEach((m, i) => button(get('methods'), m.name, String(i), {method: i}));
          for (const s of data.scopes) button(get('scopes'), s.name, s.key, {scope: s.key}).title = s.source;

          const grid = get('grid');
          const across = volume || data.methods.length < 9;
          const [columns, lines] = across ? [data.methods, data.scopes] : [data.scopes, data.methods];
          grid.style.gridTemplateColumns = 'max-content repeat(' + columns.length + ', minmax(0, 74px))';
          add(grid, 'span');
          for (const column of columns) add(grid, 'span', column.name, 'top');
          lines.forEach((line, l) => {
            add(grid, 'span', line.name);
            columns.forEach((column, c) => {
              const [m, s] = across ? [c, line.key] : [l, column.key];
              if (!viewOf(m, s)) {
                add(grid, 'span', '–', 'none').title = 'This method follows each image\'s own histogram; a data set\'s statistics cannot steer it.';
                return;
              }
              const cell = button(grid, '', '', {method: m, scope: s});
              cell.dataset.method = m;
              cell.dataset.scope = s;
              cell.title = data.methods[m].name + ', ' + data.scopes.find(k => k.key === s).name;
              const image = add(cell, 'img');
              image.alt = cell.title;
              image.style.aspectRatio = String(data.aspect);
              image.style[data.aspect >= 1 ? 'width' : 'height'] = '100%';
            });
          });

          add(get('afterHead'), 'th', '');
          add(get('afterHead'), 'th', volume ? 'slice' : 'image', 'number');
          if (volume) add(get('afterHead'), 'th', 'volume', 'number');
          get('keySlice').textContent = volume ? 'this slice' : 'this image';
          get('keyWhole').hidden = !volume;
          get('meansSection').hidden = !volume;
          get('below').classList.toggle('alone', !volume);
          get('lastSlice').textContent = 'slice ' + (data.depth - 1);
          get('lesson').textContent = 'Statistics of each slice scale every slice by itself: the same tissue gets other values in other slices. Those of the volume or of the data set treat all slices alike. Treat test images as the training images were treated.';
          get('keys').hidden = !volume;
          get('sliceControl').style.display = volume ? '' : 'none';
          const slider = get('slice');
          slider.max = data.slices.length - 1;
          slider.addEventListener('input', () => choose({slice: Number(slider.value)}));
          document.addEventListener('keydown', event => {
            const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
            if (!step || event.target === slider || event.ctrlKey || event.altKey || event.metaKey) return;
            choose({slice: Math.min(data.slices.length - 1, Math.max(0, state.slice + step))});
          });
          window.addEventListener('hashchange', () => { readHash(); show(); });
          const fit = () => { size(get('pictureA')); size(get('pictureB')); };
          window.addEventListener('resize', fit);
          readHash();
          show();
          fit();
        })();
        //]]>

        """;
}
