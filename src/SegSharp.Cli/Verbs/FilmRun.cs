using System.Diagnostics;
using SegSharp.Cli.Terminal;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Video;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Video;

namespace SegSharp.Cli.Verbs;

/// <summary>What is asked for of a film.</summary>
internal sealed record FilmAsked(double FramesPerSecond, double Alpha, bool KeepsBackground, FilmLayout Layout, string? Masks);

/// <summary>Predicts a film frame by frame and writes it as a film again.</summary>
internal static class FilmRun
{
    // VOC's classes with the background; their colours are part of the format.
    private const int VocLabels = 21;

    public static void Of(VerbContext context, Predictor predictor, string input, string output, FilmAsked asked)
    {
        Check(output, asked, context.Overwrite);
        if (predictor.Recipe.Channels.Count is not (1 or 3))
        {
            throw new InputException($"the network takes {predictor.Recipe.Channels.Count} channels ({string.Join(", ", predictor.Recipe.Channels)}), but a film has colours or grey", "use a network that was trained on pictures of 1 or 3 channels");
        }

        Canvas.RequireInstalled();
        var film = VideoSource.Open(input, asked.FramesPerSecond);
        var (legend, places) = LegendOf(predictor.Recipe);
        using var writer = new VideoWriter(output, film.FramesPerSecond);
        var watch = Stopwatch.StartNew();
        FilmPage? page = null;
        var frames = 0;
        foreach (var frame in film.Frames(context.Cancel))
        {
            page ??= new FilmPage(frame.Image.Extent, new FilmOptions { Layout = asked.Layout, Alpha = asked.Alpha, KeepsBackground = asked.KeepsBackground, Legend = legend });
            var labels = predictor.Predict(predictor.Recipe.Channels.Count == 1 ? Grey(frame.Image) : frame.Image, cancel: context.Cancel).Labels;
            writer.Add(frame.Name, page.Set(frame.Image, Array.ConvertAll(labels.Labels, l => (ushort)places[l])), page.Width, page.Height);
            if (asked.Masks is { } masks)
            {
                labels.Write(Path.Combine(masks, frame.Name + ".png"));
            }

            context.On(new Progressed("predict", ++frames, film.Expected, FormattableString.Invariant($"{frame.Seconds:0.0} s")));
        }

        writer.Finish();
        if (film.Complaint is { } complaint)
        {
            context.On(new Warned(complaint));
        }

        var document = new Document()
            .With("output", "film", output)
            .With("frames", "frames", frames)
            .With("framesPerSecond", "frames per second", film.FramesPerSecond, FormattableString.Invariant($"{film.FramesPerSecond:0.###}"))
            .With("size", "size", $"{page!.Width}x{page.Height}")
            .With("encoder", "encoder", writer.Encoder)
            .With("seconds", "seconds", watch.Elapsed.TotalSeconds, FormattableString.Invariant($"{watch.Elapsed.TotalSeconds:0.0}"))
            .WithData("complaint", film.Complaint);
        context.Show(asked.Masks is null ? document : document.With("masks", "masks", asked.Masks));
    }

    private static void Check(string output, FilmAsked asked, bool overwrite)
    {
        VideoWriter.CheckName(output);
        if (asked.FramesPerSecond is not (> 0 and <= 1000))
        {
            throw new UsageException($"--fps is {asked.FramesPerSecond}; it must be above 0 and at most 1000", "--fps 10");
        }

        if (asked.Alpha is not (>= 0 and <= 1))
        {
            throw new UsageException($"--alpha is {asked.Alpha}; it must be 0 to 1", "--alpha 0.5");
        }

        if (!overwrite && (File.Exists(output) || (Directory.Exists(output) && Directory.EnumerateFiles(output, "*.png").Any())))
        {
            throw new UsageException($"'{output}' is there already", "choose another place, or --overwrite");
        }
    }

    // The legend, and the place in it of every label.
    private static (List<(string Name, Colour Colour)> Legend, int[] Places) LegendOf(Recipe recipe)
    {
        var labels = recipe.Labels.OrderBy(l => l.Value).ToList();
        var places = new int[ushort.MaxValue + 1];
        for (var i = 0; i < labels.Count; i++)
        {
            places[labels[i].Value] = i;
        }

        return ([.. labels.Select((l, i) => (l.Key, labels.Count == VocLabels ? Palette.Voc(l.Value) : i == 0 ? Colour.Hex(0) : Palette.Overlay(i)))], places);
    }

    // As television weighs the colours (ITU-R BT.601).
    private static Volume Grey(Volume rgb)
    {
        var (r, g, b) = (rgb.Channel<byte>(0).ToArray(), rgb.Channel<byte>(1).ToArray(), rgb.Channel<byte>(2).ToArray());
        return Volume.Of<byte>(rgb.Name, rgb.Geometry, 1, [.. r.Select((v, i) => (byte)Math.Round((0.299 * v) + (0.587 * g[i]) + (0.114 * b[i])))]);
    }
}
