using SegSharp.Networks;
using NetworkCatalogue = SegSharp.Networks.Catalogue;

namespace SegSharp.Figures.Lessons;

/// <summary>The figures of the course, each drawn afresh.</summary>
internal static class CourseFigures
{
    public static IReadOnlyList<Lesson> All { get; } =
    [
        Drawn("FIG-K0-1", LessonSource.Kings, "King's College's U-Net", "One convolution per level, average pooling, bilinear enlargement.", () => Network(new KingsUNetOptions(), 256)),
        Drawn("FIG-N1-5", LessonSource.Notebook, "the U-Net of 2015", "Unpadded: 572×572 becomes 388×388, and skips are cut to fit.", () => Network(new UNet2015Options(), 572)),
    ];

    private static Lesson Drawn(string id, LessonSource source, string title, string about, Func<LessonPicture> draw, params string[] errata) => new()
    {
        Id = id,
        Source = source,
        Kind = LessonKind.Figure,
        Title = title,
        Task = about,
        Commands = [$"lesson figure {id} --out out/{id.ToLowerInvariant()}.svg"],
        Errata = errata,
        Figure = draw,
    };

    private static LessonPicture Network(NetworkOptions options, params long[] side)
    {
        using var shapesOnly = Torch.Initialise.Skip();
        using var network = NetworkCatalogue.All.GetByOptions(options.GetType()).Build(options);
        var sides = side.Length == 1 ? [side[0], side[0]] : side;
        var graph = network.Graph(sides)!;
        return new(new NetworkFigure(graph),
        [
            ("title", graph.Title), ("blocks", $"{graph.Nodes.Count}"), ("skips", $"{graph.Edges.Count(e => e.Kind == NetworkEdgeKind.Skip)}"),
            ("input", string.Join('×', sides)), ("output", string.Join('×', network.OutputSides(sides))), ("parameters", $"{network.ParameterCount}"),
        ]);
    }
}
