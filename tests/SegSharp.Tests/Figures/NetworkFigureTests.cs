using System.Xml.Linq;
using SegSharp.Figures;
using SegSharp.Foundation;
using SegSharp.Networks;
using Xunit;

namespace SegSharp.Tests.Figures;

public sealed class NetworkFigureTests
{
    private static readonly string[] _block = ["conv 3×3", "ReLU", "conv 3×3", "ReLU"];

    [Fact]
    public void A_network_is_drawn_with_its_channels_sizes_and_a_legend()
    {
        var texts = PlotTests.Texts(new NetworkFigure(UNet()));

        Assert.Equal("U-Net", texts[0]);
        Assert.Subset(
            texts.ToHashSet(StringComparer.Ordinal),
            new HashSet<string>(["8", "16", "32", "64×64", "32×32", "16×16", "max pool 2×2", "copy", "conv 1×1"], StringComparer.Ordinal));
        Assert.Contains("every box, unless it says otherwise: 2 × (conv 3×3, ReLU); its width grows with the channels above it", texts);
    }

    [Fact]
    public void Levels_lie_below_one_another_the_arms_face_each_other_and_boxes_widen()
    {
        var svg = XDocument.Parse(new NetworkFigure(UNet()).ToSvg());

        var boxes = svg.Descendants().Where(e => e.Name.LocalName == "g" && e.Elements().First().Value.Contains(';'))
            .ToDictionary(g => g.Elements().First().Value.Split(':')[0], g => g.Elements().Last(), StringComparer.Ordinal);
        double Of(string id, string name) => (double)boxes[id].Attribute(name)!;
        Assert.True(Of("down.0", "y") < Of("down.1", "y") && Of("down.1", "y") < Of("bottom", "y"));
        Assert.Equal(Of("down.1", "y"), Of("up.1", "y"));
        Assert.True(Of("down.0", "x") < Of("down.1", "x") && Of("bottom", "x") < Of("up.1", "x") && Of("up.1", "x") < Of("up.0", "x"));
        Assert.True(Of("down.0", "width") < Of("down.1", "width") && Of("down.1", "width") < Of("bottom", "width"));
    }

    [Fact]
    public void Boxes_do_not_overlap_in_a_network_with_many_blocks_a_level()
    {
        var nodes = new List<NetworkNode>();
        for (var j = 0; j <= 4; j++)
        {
            for (var i = 0; i + j <= 4; i++)
            {
                nodes.Add(Node($"x{i}.{j}", i, j > 0 ? NetworkArm.Up : i == 4 ? NetworkArm.Bottom : NetworkArm.Down, 32 << i));
            }
        }

        var svg = XDocument.Parse(new NetworkFigure(new() { Title = "U-Net++", Nodes = nodes, Edges = [] }).ToSvg());

        var boxes = svg.Descendants().Where(e => e.Name.LocalName == "rect" && e.Parent!.Name.LocalName == "g")
            .Select(e => ((double)e.Attribute("x")!, (double)e.Attribute("y")!, (double)e.Attribute("width")!)).ToList();
        Assert.Equal(15, boxes.Count);
        Assert.DoesNotContain(boxes, a => boxes.Any(b => a.Item2 == b.Item2 && a.Item1 < b.Item1 && a.Item1 + a.Item3 > b.Item1));
    }

    [Fact]
    public void Every_fault_of_a_graph_is_named()
    {
        var graph = UNet() with { Edges = [new("down.0", "nowhere", NetworkEdgeKind.Skip)] };
        graph = graph with { Nodes = [.. graph.Nodes, Node("down.0", -1, NetworkArm.Down, 1)] };

        var error = Assert.Throws<UsageException>(() => new NetworkFigure(graph));

        Assert.Equal(
            "nodes holds 'down.0' twice; every id must be its own; nodes puts 'down.0' at level -1; the top is level 0; "
            + "edges name a node 'nowhere' that does not exist; known: down.0, down.1, bottom, up.1, up.0, head",
            error.Message);
    }

    [Fact]
    public void A_gated_skip_passes_a_circle_that_the_features_below_reach()
    {
        var graph = UNet();
        graph = graph with { Edges = [.. graph.Edges.Select(e => e is { Kind: NetworkEdgeKind.Skip, From: "down.1" } ? e with { Signal = "bottom" } : e)] };

        var (gated, plain) = (PlotTests.Texts(new NetworkFigure(graph)), PlotTests.Texts(new NetworkFigure(UNet())));

        Assert.Equal(2, gated.Count(t => t == "α"));                            // in the drawing and in the legend
        Assert.Contains("gate: the features below decide what passes", gated);
        Assert.DoesNotContain("α", plain);
    }

    [Fact]
    public void Several_heads_of_the_top_level_stand_over_their_blocks()
    {
        var graph = UNet();
        graph = graph with
        {
            Nodes = [.. graph.Nodes, Node("head2", 0, NetworkArm.Head, 2)],
            Edges = [.. graph.Edges, new("down.0", "head2", NetworkEdgeKind.Head, "conv 1×1")],
        };

        var boxes = Boxes(graph);

        Assert.All(["head", "head2"], h => Assert.True(boxes[h].Bottom < boxes["down.0"].Top));
        Assert.True(boxes["head2"].Left > boxes["down.0"].Left && boxes["head2"].Left < boxes["up.0"].Left);
        Assert.True(boxes["head"].Left > boxes["up.0"].Left);
    }

    [Fact]
    public void What_stands_side_by_side_at_the_bottom_moves_the_way_up_to_the_right()
    {
        var graph = UNet();
        graph = graph with { Nodes = [.. graph.Nodes, Node("bottom.2", 2, NetworkArm.Bottom, 32), Node("bottom.3", 2, NetworkArm.Bottom, 32)] };

        var boxes = Boxes(graph);

        Assert.True(boxes["down.1"].Left < boxes["bottom"].Left && boxes["bottom.3"].Left < boxes["up.1"].Left);
    }

    [Fact]
    public void Long_words_on_an_arrow_stay_inside_the_picture()
    {
        var graph = UNet();
        graph = graph with
        {
            Edges = [.. graph.Edges.Select(e => e switch
            {
                { From: "down.0", Kind: NetworkEdgeKind.Pool } => e with { Label = "a hundred zeros around, two convolutions, a pooling" },
                { To: "up.0", Kind: NetworkEdgeKind.Up } => e with { Label = "a transposed convolution that makes it eight times larger" },
                _ => e,
            })],
        };

        var svg = XDocument.Parse(new NetworkFigure(graph).ToSvg());

        var texts = svg.Descendants().Where(e => e.Name.LocalName == "text" && e.Value.StartsWith("a ", StringComparison.Ordinal)).ToDictionary(e => e.Value, e => (double)e.Attribute("x")!, StringComparer.Ordinal);
        var width = double.Parse(((string)svg.Root!.Attribute("viewBox")!).Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture);
        var pool = texts.Single(t => t.Key.StartsWith("a hundred", StringComparison.Ordinal));
        Assert.True(pool.Value - SegSharp.Figures.Drawing.Canvas.Measure(pool.Key, SegSharp.Figures.Drawing.TextStyle.Small) >= 0);
        var up = texts.Single(t => t.Key.StartsWith("a transposed", StringComparison.Ordinal));
        Assert.True(up.Value <= width);
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a,b,a,b,a,b", "3 × (a, b)")]
    [InlineData("a,a", "2 × (a)")]
    [InlineData("a,b,a", "a, b, a")]
    public void A_repeated_run_of_operations_is_written_once(string operations, string text)
    {
        Assert.Equal(text, NetworkFigure.Shorten(operations.Split(',')));
    }

    private static Dictionary<string, (double Left, double Top, double Bottom)> Boxes(NetworkGraph graph) =>
        XDocument.Parse(new NetworkFigure(graph).ToSvg()).Descendants()
            .Where(e => e.Name.LocalName == "g" && e.Elements().First().Value.Contains(';'))
            .ToDictionary(g => g.Elements().First().Value.Split(':')[0], g => g.Elements().Last(), StringComparer.Ordinal)
            .ToDictionary(b => b.Key, b => ((double)b.Value.Attribute("x")!, (double)b.Value.Attribute("y")!, (double)b.Value.Attribute("y")! + (double)b.Value.Attribute("height")!), StringComparer.Ordinal);

    internal static NetworkGraph UNet() => new()
    {
        Title = "U-Net",
        Nodes =
        [
            Node("down.0", 0, NetworkArm.Down, 8), Node("down.1", 1, NetworkArm.Down, 16), Node("bottom", 2, NetworkArm.Bottom, 32),
            Node("up.1", 1, NetworkArm.Up, 16), Node("up.0", 0, NetworkArm.Up, 8),
            Node("head", 0, NetworkArm.Head, 2) with { Operations = ["conv 1×1"] },
        ],
        Edges =
        [
            new("down.0", "down.1", NetworkEdgeKind.Pool, "max pool 2×2"), new("down.1", "bottom", NetworkEdgeKind.Pool, "max pool 2×2"),
            new("bottom", "up.1", NetworkEdgeKind.Up), new("up.1", "up.0", NetworkEdgeKind.Up),
            new("down.0", "up.0", NetworkEdgeKind.Skip, "copy"), new("down.1", "up.1", NetworkEdgeKind.Skip, "copy"),
            new("up.0", "head", NetworkEdgeKind.Head, "conv 1×1"),
        ],
    };

    private static NetworkNode Node(string id, int level, NetworkArm arm, int channels) => new()
    {
        Id = id,
        Level = level,
        Arm = arm,
        Channels = channels,
        Size = level < 0 ? "0" : $"{64 >> level}×{64 >> level}",
        Operations = _block,
    };
}
