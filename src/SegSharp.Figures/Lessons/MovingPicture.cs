using SegSharp.Figures.Drawing;

namespace SegSharp.Figures.Lessons;

/// <summary>Figures one after another, as a page of HTML that is complete in itself: it plays, stops, and goes step by step.</summary>
/// <param name="title">On top of the page.</param>
/// <param name="frames">Of one size.</param>
/// <param name="seconds">Each stays so long.</param>
public sealed class MovingPicture(string title, IReadOnlyList<Figure> frames, double seconds = 0.7)
{
    /// <summary>How many frames.</summary>
    public int Count => frames.Count;

    /// <summary>The page.</summary>
    public string ToHtml()
    {
        var name = SvgCanvas.Escape(title);
        var drawings = string.Concat(frames.Select((f, i) => $"<div class=\"frame\"{(i == 0 ? "" : " hidden")}>{f.ToSvg($"f{i}-")}</div>\n"));
        return $$"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>{{name}}</title>
            <style>
            body { font: 14px 'DejaVu Sans', Verdana, sans-serif; color: #1b1f24; margin: 1.5em; }
            .frame svg { max-width: 100%; height: auto; }
            button { font: inherit; min-width: 5em; }
            input { width: 22em; max-width: 60%; vertical-align: middle; }
            </style>
            </head>
            <body>
            {{drawings}}<p><button id="play">Stop</button> <input id="step" type="range" min="0" max="{{frames.Count - 1}}" value="0" aria-label="step"> <span id="at">1 / {{frames.Count}}</span></p>
            <script>
            const frames = document.querySelectorAll('.frame'), step = document.getElementById('step'), play = document.getElementById('play'), at = document.getElementById('at');
            let runs = !matchMedia('(prefers-reduced-motion: reduce)').matches;
            function show(i) { frames.forEach((f, n) => f.hidden = n !== i); step.value = i; at.textContent = (i + 1) + ' / ' + frames.length; }
            function label() { play.textContent = runs ? 'Stop' : 'Play'; }
            play.onclick = () => { runs = !runs; label(); };
            step.oninput = () => { runs = false; label(); show(+step.value); };
            setInterval(() => { if (runs) show((+step.value + 1) % frames.length); }, {{(int)Math.Round(1000 * seconds)}});
            label();
            </script>
            </body>
            </html>

            """;
    }
}
