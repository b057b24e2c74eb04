using SegSharp.Figures.Drawing;
using SegSharp.Networks;

namespace SegSharp.Figures;

/// <summary>A network drawn as its U: levels below one another, boxes as wide as they have channels, skips across, and what every arrow stands for.</summary>
/// <remarks>Source for the shape: Ronneberger et al. 2015, figure 1; for several blocks in a level: Zhou et al. 2018 (U-Net++), figure 1.</remarks>
public sealed class NetworkFigure : Figure
{
    private const double Margin = 18;
    private const double NarrowestBox = 12;
    private const double WidestBox = 62;
    private const double TallestBox = 104;
    private const double LowestBox = 36;
    private const double Above = 34;       // channels and size, over a box
    private const double Below = 14;
    private const double OperationLine = 12;
    private const double HeadBox = 24;     // of a head that stands over its block
    private const double Gate = 7.5;       // radius

    private static readonly TextStyle _channels = TextStyle.Heading;
    private static readonly TextStyle _small = TextStyle.Small;

    private readonly NetworkGraph _graph;
    private readonly Dictionary<string, NetworkNode> _nodes;
    private readonly Dictionary<string, Box> _boxes;
    private readonly Dictionary<NetworkEdgeKind, string?> _sharedLabels;
    private readonly IReadOnlyList<string> _usualOperations;
    private readonly Dictionary<string, string> _heads;    // heads that stand over a block of the top level, and that block
    private readonly Dictionary<string, double> _columns;
    private readonly double _pitch;
    private readonly double _width;
    private readonly double _height;

    /// <summary>Lays the network out.</summary>
    /// <param name="graph">What is drawn.</param>
    /// <exception cref="Foundation.UsageException">The graph has a fault (<see cref="NetworkGraph.Check"/>).</exception>
    public NetworkFigure(NetworkGraph graph)
    {
        Foundation.UsageException.ThrowIfAny(graph.Check());
        _graph = graph;
        _nodes = graph.Nodes.ToDictionary(n => n.Id, StringComparer.Ordinal);
        _sharedLabels = graph.Edges.GroupBy(e => e.Kind).ToDictionary(g => g.Key, g => g.Select(e => e.Label).Distinct(StringComparer.Ordinal).Take(2).ToArray() is [var one] ? one : null);
        _usualOperations = graph.Nodes
            .Where(n => n.Operations.Count > 0 && n.Arm is not (NetworkArm.Input or NetworkArm.Head))
            .GroupBy(n => string.Join('\n', n.Operations), StringComparer.Ordinal)
            .Where(g => g.Count() > 1)
            .OrderByDescending(g => g.Count())
            .Select(g => g.First().Operations)
            .FirstOrDefault() ?? [];
        _heads = graph.Nodes.Where(n => n is { Arm: NetworkArm.Head, Level: 0 }).Skip(1).Any()
            ? graph.Edges.Where(e => _nodes[e.To] is { Arm: NetworkArm.Head, Level: 0 } && _nodes[e.From].Level == 0).GroupBy(e => e.To, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First().From, StringComparer.Ordinal)
            : [];
        _columns = Columns();
        _pitch = Math.Max(WidestBox + 14, graph.Nodes.Max(LabelWidth) + 14) + (HasGates ? 28 : 0);
        _pitch = Math.Max(_pitch, RoomForOperations());
        (_boxes, _height) = Arrange();
        var left = Math.Max(0, Margin - Texts().Select(t => t.Left).DefaultIfEmpty(Margin).Min());
        foreach (var id in _boxes.Keys.ToList())
        {
            _boxes[id] = _boxes[id] with { X = _boxes[id].X + left };
        }

        var right = Texts().Select(t => t.Right).Append(_boxes.Values.Max(b => b.MiddleX) + (_pitch / 2)).Append(HasVotes ? Bus + 8 : 0).Max();
        _width = Math.Max(right + Margin, Margin + TextWidth() + Margin);
    }

    /// <inheritdoc/>
    public override string Description =>
        $"{_graph.Title}: {string.Join(" → ", _graph.Nodes.Select(n => $"{n.Id} {n.Channels}×{n.Size}"))}";

    private double Head => Margin + 18 + (_graph.Subtitle is null ? 0 : 17);

    /// <inheritdoc/>
    protected internal override (double Width, double Height) Size() => (_width, _height);

    /// <inheritdoc/>
    protected internal override void Draw(Canvas canvas)
    {
        canvas.Text(Margin, Margin + 13, _graph.Title, TextStyle.Title);
        if (_graph.Subtitle is not null)
        {
            canvas.Text(Margin, Margin + 31, _graph.Subtitle, TextStyle.Body with { Colour = Palette.Muted });
        }

        foreach (var edge in _graph.Edges.OrderByDescending(e => e.Kind == NetworkEdgeKind.Skip))
        {
            DrawEdge(canvas, edge);
        }

        foreach (var node in _graph.Nodes)
        {
            DrawNode(canvas, node);
        }

        DrawLegend(canvas);
    }

    /// <summary>Operations in one line, a repeated run written once: "2 × (conv 3×3, batch norm, ReLU)".</summary>
    internal static string Shorten(IReadOnlyList<string> operations)
    {
        for (var run = 1; run <= operations.Count / 2; run++)
        {
            if (operations.Count % run == 0 && operations.Select((o, i) => o == operations[i % run]).All(same => same))
            {
                return $"{operations.Count / run} × ({string.Join(", ", operations.Take(run))})";
            }
        }

        return string.Join(", ", operations);
    }

    private static Colour Fill(NetworkArm arm) => arm switch
    {
        NetworkArm.Input => Colour.Hex(0xc9ced4),
        NetworkArm.Down => Colour.Hex(0x7fb3d8),
        NetworkArm.Bottom => Colour.Hex(0x4f7fb0),
        NetworkArm.Up => Colour.Hex(0x8fcbb3),
        _ => Colour.Hex(0xd9a6c4),
    };

    private static Colour Line(NetworkEdgeKind kind) => kind switch
    {
        NetworkEdgeKind.Conv => Palette.Lines[0],
        NetworkEdgeKind.Pool => Palette.Lines[1],
        NetworkEdgeKind.Up => Palette.Lines[2],
        NetworkEdgeKind.Skip => Colour.Hex(0x8a949e),
        _ => Palette.Lines[3],
    };

    private static string Word(NetworkEdgeKind kind) => kind switch
    {
        NetworkEdgeKind.Conv => "convolutions",
        NetworkEdgeKind.Pool => "down",
        NetworkEdgeKind.Up => "up",
        NetworkEdgeKind.Skip => "skip",
        _ => "head",
    };

    private static string Name(NetworkNode node) => node.Label is null ? $"{node.Channels}" : $"{node.Channels}  {node.Label}";

    private IEnumerable<NetworkEdgeKind> Kinds => Enum.GetValues<NetworkEdgeKind>().Where(_sharedLabels.ContainsKey);

    private bool HasGates => _graph.Edges.Any(e => e.Signal is not null);

    // Heads of lower levels that join the logits of the first.
    private bool HasVotes => _graph.Edges.Any(e => _nodes[e.From].Arm == NetworkArm.Head);

    // Where their joining line runs: right of every head and its label.
    private double Bus => _graph.Nodes.Where(n => n.Arm == NetworkArm.Head).Max(n => _boxes[n.Id].MiddleX + (LabelWidth(n) / 2)) + 10;

    private static double LabelWidth(NetworkNode node) => Math.Max(Canvas.Measure(node.Size, _small), Canvas.Measure(Name(node), _channels));

    // Column of a node: the arms step inwards with the depth, and the k blocks of a level lie two columns apart (U-Net++'s triangle).
    private Dictionary<string, double> Columns()
    {
        var depth = _graph.Nodes.Max(n => n.Level);
        List<NetworkNode> Siblings(NetworkNode node) => [.. _graph.Nodes.Where(n => n.Level == node.Level && n.Arm == node.Arm)];

        // What stands side by side at the bottom moves the way up to the right.
        var wider = 0.95 * _graph.Nodes.Where(n => n.Arm is NetworkArm.Down or NetworkArm.Bottom && n.Level == depth).Skip(1).Count();
        double Of(NetworkNode node)
        {
            var siblings = Siblings(node);
            var (index, count) = (siblings.IndexOf(node), siblings.Count);
            return node.Arm switch
            {
                NetworkArm.Input => index - count,
                NetworkArm.Down => node.Level + (0.95 * index),
                NetworkArm.Bottom => depth + (0.95 * index),
                NetworkArm.Up => (2 * depth) + wider - node.Level - (2 * (count - 1 - index)),
                _ => _heads.ContainsKey(node.Id) ? 0 : index,
            };
        }

        // Heads follow whatever reaches furthest to the right.
        var columns = _graph.Nodes.Where(n => n.Arm != NetworkArm.Head).ToDictionary(n => n.Id, Of, StringComparer.Ordinal);
        var last = columns.Values.DefaultIfEmpty(-1).Max();
        foreach (var head in _graph.Nodes.Where(n => n.Arm == NetworkArm.Head))
        {
            columns[head.Id] = last + (_heads.ContainsKey(head.Id) ? 0 : 1 + Of(head));
        }

        return columns;
    }

    private (Dictionary<string, Box> Boxes, double Height) Arrange()
    {
        var depth = _graph.Nodes.Max(n => n.Level);
        var first = _columns.Values.Min();
        var widest = _graph.Nodes.Max(n => n.Channels);
        var boxes = new Dictionary<string, Box>(StringComparer.Ordinal);
        double WidthOf(NetworkNode node) => NarrowestBox + ((WidestBox - NarrowestBox) * Math.Sqrt((double)node.Channels / widest));

        var top = Head + 8 + (_heads.Count > 0 ? Above + HeadBox + 6 : 0);
        for (var level = 0; level <= depth; level++)
        {
            var nodes = _graph.Nodes.Where(n => n.Level == level && !_heads.ContainsKey(n.Id)).ToList();
            var height = Math.Max(LowestBox, TallestBox * Math.Pow(0.74, level));
            top += Above + ArcRoom(level, nodes);
            foreach (var node in nodes)
            {
                var middle = Margin + (_pitch / 2) + ((_columns[node.Id] - first) * _pitch);
                boxes[node.Id] = new Box(middle - (WidthOf(node) / 2), top, WidthOf(node), height);
            }

            top += height + Below + nodes.Select(n => OwnOperations(n).Count * OperationLine).DefaultIfEmpty(0).Max();
        }

        // Right of what is written over its block, so that the arrow up meets no text.
        foreach (var (head, block) in _heads)
        {
            var x = boxes[block].MiddleX + (LabelWidth(_nodes[block]) / 2) + 12;
            boxes[head] = new Box(x - (WidthOf(_nodes[head]) / 2), Head + 8 + Above, WidthOf(_nodes[head]), HeadBox);
        }

        return (boxes, top + 14 + ((Kinds.Any() ? 1 : 0) * 20) + (_usualOperations.Count > 0 ? 18 : 0) + Margin - 10);
    }

    // Skips that pass over other blocks of their level rise above the labels.
    private double ArcRoom(int level, List<NetworkNode> nodes) => nodes.Count(n => n.Arm == NetworkArm.Up) > 1
        ? _graph.Edges.Where(e => e.Kind == NetworkEdgeKind.Skip && _nodes[e.From].Level == level && _nodes[e.To].Level == level)
            .Select(e => Math.Max(26, Rise((_columns[e.To] - _columns[e.From]) * _pitch) - 8)).DefaultIfEmpty(0).Max()
        : 0;

    private static double Rise(double width) => 6 + (0.055 * width);

    // Columns so far apart that what is written under two blocks of a level does not meet.
    private double RoomForOperations()
    {
        var needed = 0.0;
        foreach (var level in _graph.Nodes.Where(n => !_heads.ContainsKey(n.Id)).GroupBy(n => n.Level))
        {
            var row = level.OrderBy(n => _columns[n.Id]).ToList();
            foreach (var (a, b) in row.Zip(row.Skip(1)))
            {
                var (right, left) = (OperationsOf(a).Right, -OperationsOf(b).Left);
                if (OwnOperations(a).Count > 0 && OwnOperations(b).Count > 0)
                {
                    needed = Math.Max(needed, (right + left + 12) / (_columns[b.Id] - _columns[a.Id]));
                }
            }
        }

        return needed;
    }

    // What is written under a block, left and right of its middle.
    private (double Left, double Right) OperationsOf(NetworkNode node)
    {
        var width = OwnOperations(node).Select(o => Canvas.Measure(o, _small)).DefaultIfEmpty(0).Max();
        return IsCentred(node) ? (-width / 2, width / 2) : (0, width + 7);
    }

    // Under other blocks an arrow comes or goes through the middle.
    private bool IsCentred(NetworkNode node) => node.Arm is NetworkArm.Input or NetworkArm.Head or NetworkArm.Bottom
        && !_graph.Edges.Any(e => (e.To == node.Id && _nodes[e.From].Level > node.Level && _nodes[e.From].Arm != NetworkArm.Head)
            || (e.From == node.Id && _nodes[e.To].Level > node.Level));

    // From where to where everything is written that hangs on blocks and arrows.
    private IEnumerable<(double Left, double Right)> Texts()
    {
        foreach (var node in _graph.Nodes)
        {
            var (middle, under) = (_boxes[node.Id].MiddleX, OperationsOf(node));
            yield return (middle + under.Left, middle + under.Right);
        }

        foreach (var edge in _graph.Edges.Where(e => _sharedLabels[e.Kind] is null && e.Label is not null))
        {
            var width = Canvas.Measure(edge.Label!, _small);
            var (from, to) = (_nodes[edge.From], _nodes[edge.To]);
            if (to.Level > from.Level)
            {
                yield return (_boxes[edge.From].MiddleX - 5 - width, 0);
            }
            else if (to.Level < from.Level)
            {
                yield return (double.MaxValue, _boxes[edge.To].MiddleX + 5 + width);
            }
        }
    }

    private IReadOnlyList<string> OwnOperations(NetworkNode node) =>
        node.Operations.SequenceEqual(_usualOperations, StringComparer.Ordinal) || IsSaidByItsArrow(node) ? [] : node.Operations;

    // A last convolution stands in the legend already.
    private bool IsSaidByItsArrow(NetworkNode node) => node is { Arm: NetworkArm.Head, Operations: [var one] } && _graph.Edges.Any(e => e.To == node.Id && e.Label == one);

    private double TextWidth() => new[]
    {
        Canvas.Measure(_graph.Title, TextStyle.Title),
        Canvas.Measure(_graph.Subtitle ?? "", TextStyle.Body),
        Canvas.Measure(BlockText, _small),
        Kinds.Sum(k => 34 + Canvas.Measure(KindText(k), _small) + 18) + (HasGates ? (2 * Gate) + 6 + Canvas.Measure(GateText, _small) : 0),
    }.Max();

    private string BlockText => $"every box, unless it says otherwise: {Shorten(_usualOperations)}; its width grows with the channels above it";

    private string KindText(NetworkEdgeKind kind) => _sharedLabels[kind] ?? Word(kind);

    private void DrawNode(Canvas canvas, NetworkNode node)
    {
        var box = _boxes[node.Id];
        canvas.BeginGroup($"{node.Id}: {node.Channels} × {node.Size}{(node.Operations.Count > 0 ? "; " + string.Join(", ", node.Operations) : "")}");
        if (Copied(node) is { Width: > 0 } copied)
        {
            canvas.Rectangle(copied, Palette.Paper, new(Colour.Hex(0x8a949e), 0.9));
        }

        canvas.Rectangle(box, Fill(node.Arm), new(Palette.Ink, 0.9));
        canvas.EndGroup();
        canvas.Text(box.MiddleX, box.Y - 18, Name(node), _channels, Anchor.Middle);
        canvas.Text(box.MiddleX, box.Y - 5, node.Size, _small, Anchor.Middle);
        var operations = OwnOperations(node);
        for (var i = 0; i < operations.Count; i++)
        {
            var isFree = IsCentred(node);
            canvas.Text(isFree ? box.MiddleX : box.MiddleX + 7, box.Bottom + 13 + (i * OperationLine), operations[i], _small, isFree ? Anchor.Middle : Anchor.Start);
        }
    }

    // What a skip brings stands as a white part before the block, as in the paper.
    private Box Copied(NetworkNode node)
    {
        var box = _boxes[node.Id];
        var width = 0.5 * _graph.Edges.Where(e => e.To == node.Id && e.Kind == NetworkEdgeKind.Skip).Sum(e => _boxes[e.From].Width);
        return box with { X = box.X - Math.Min(width, _pitch / 3), Width = Math.Min(width, _pitch / 3) };
    }

    private void DrawEdge(Canvas canvas, NetworkEdge edge)
    {
        var (from, to) = (_boxes[edge.From], _boxes[edge.To]);
        var (source, target) = (_nodes[edge.From], _nodes[edge.To]);
        var stroke = new Stroke(Line(edge.Kind), 1.6);
        var left = Copied(target) is { Width: > 0 } copied ? copied.X : to.X;
        var label = _sharedLabels[edge.Kind] is null ? edge.Label : null;
        canvas.BeginGroup($"{edge.From} → {edge.To}: {edge.Label ?? Word(edge.Kind)}");
        if (_heads.ContainsKey(target.Id))
        {
            var y = from.Y + (0.12 * from.Height);
            canvas.Line(from.Right + 2, y, to.MiddleX, y, stroke);
            canvas.Arrow(to.MiddleX, y, to.MiddleX, to.Bottom + 2, stroke);
        }
        else if (source.Arm == NetworkArm.Head)
        {
            canvas.Polyline([(from.Right + 2, from.MiddleY), (Bus, from.MiddleY), (Bus, to.MiddleY)], stroke);
            canvas.Arrow(Bus, to.MiddleY, to.Right + 2, to.MiddleY, stroke);
        }
        else if (edge.Signal is not null && source.Level == target.Level)
        {
            DrawGate(canvas, edge.Signal, from, left, stroke);
        }
        else if (source.Level == target.Level && IsFree(source, target))
        {
            canvas.Arrow(from.Right + 2, from.MiddleY, left - 2, from.MiddleY, stroke);
            Label(canvas, label, (from.Right + left) / 2, from.MiddleY - 5, Anchor.Middle);
        }
        else if (source.Level == target.Level)
        {
            Arc(canvas, from, left, to, stroke);
        }
        else if (edge.Kind == NetworkEdgeKind.Head || to.X < from.X)
        {
            var y = from.Y + (0.75 * from.Height);
            canvas.Arrow(from.Right + 2, y, left - 2, to.MiddleY, stroke);
            Label(canvas, label, (from.Right + left) / 2, y - 5, Anchor.Middle);
        }
        else if (target.Level > source.Level)
        {
            canvas.Line(from.MiddleX, from.Bottom + 1, from.MiddleX, to.MiddleY, stroke);
            canvas.Arrow(from.MiddleX, to.MiddleY, left - 2, to.MiddleY, stroke);
            Label(canvas, label, from.MiddleX - 5, to.MiddleY - 3, Anchor.End);
        }
        else
        {
            // Leaves higher where a skip or a head also leaves to the right.
            var isShared = _graph.Edges.Any(e => e.From == edge.From && _nodes[e.To].Level == source.Level);
            var y = from.Y + ((isShared ? 0.28 : 0.5) * from.Height);
            canvas.Line(from.Right + 2, y, to.MiddleX, y, stroke);
            canvas.Arrow(to.MiddleX, y, to.MiddleX, to.Bottom + 2, stroke);
            var isLast = target.Arm == NetworkArm.Head;                         // nothing but the margin lies right of it
            Label(canvas, label, to.MiddleX + (isLast ? -5 : 5), y - 3, isLast ? Anchor.End : Anchor.Start);
        }

        canvas.EndGroup();
    }

    // The skip passes a circle that the features below act upon.
    private void DrawGate(Canvas canvas, string signal, Box from, double left, Stroke stroke)
    {
        var below = _boxes[signal];
        var (x, y) = ((Math.Max(below.Right, from.Right) + left) / 2, from.MiddleY);
        var isShared = _graph.Edges.Any(e => e.From == signal && _nodes[e.To].Level == _nodes[signal].Level);
        var branch = below.Y + ((isShared ? 0.28 : 0.5) * below.Height);
        canvas.Circle(x, branch, 2.2, GateColour);
        canvas.Arrow(x, branch, x, y + Gate + 1, new(GateColour, 1.4));
        canvas.Arrow(from.Right + 2, y, x - Gate - 1, y, stroke);
        canvas.Arrow(x + Gate, y, left - 2, y, stroke, head: 5);
        DrawGateSymbol(canvas, x, y);
    }

    private static Colour GateColour => Palette.Lines[4];

    private static void DrawGateSymbol(Canvas canvas, double x, double y)
    {
        canvas.Circle(x, y, Gate, Palette.Paper, new(GateColour, 1.6));
        canvas.Text(x, y + 3.5, "α", _small with { Colour = Palette.Ink }, Anchor.Middle);
    }

    // Whether a straight line between two blocks of a level meets no third one.
    private bool IsFree(NetworkNode source, NetworkNode target)
    {
        var (from, to) = (_boxes[source.Id], _boxes[target.Id]);
        return !_graph.Nodes.Any(n => n.Level == source.Level && !_heads.ContainsKey(n.Id) && n.Id != source.Id && n.Id != target.Id && _boxes[n.Id].X > from.X && _boxes[n.Id].X < to.X);
    }

    private static void Arc(Canvas canvas, Box from, double left, Box to, Stroke stroke)
    {
        const int Pieces = 24;
        var (x0, x1) = (from.MiddleX, left + 4);
        var (y0, y1) = (from.Y - Above + 3, to.Y - 2);       // from above the labels to the part that is copied
        var rise = Rise(x1 - x0);
        var points = Enumerable.Range(0, Pieces + 1).Select(i => (double)i / Pieces)
            .Select(t => (x0 + ((x1 - x0) * t), y0 + ((y1 - y0) * t) - (4 * rise * t * (1 - t)))).ToArray();
        canvas.Polyline(points.AsSpan(0, Pieces), stroke with { Width = 1.1 });
        canvas.Arrow(points[Pieces - 1].Item1, points[Pieces - 1].Item2, x1, y1, stroke with { Width = 1.1 });
    }

    private static void Label(Canvas canvas, string? label, double x, double y, Anchor anchor) =>
        canvas.Text(x, y, label ?? "", _small, anchor);

    private void DrawLegend(Canvas canvas)
    {
        var y = _height - Margin;
        if (_usualOperations.Count > 0)
        {
            canvas.Text(Margin, y, BlockText, _small);
            y -= 18;
        }

        var x = Margin;
        foreach (var kind in Kinds)
        {
            canvas.Arrow(x, y - 3.5, x + 26, y - 3.5, new(Line(kind), 1.6));
            canvas.Text(x + 34, y, KindText(kind), _small with { Colour = Palette.Ink });
            x += 34 + Canvas.Measure(KindText(kind), _small) + 18;
        }

        if (HasGates)
        {
            DrawGateSymbol(canvas, x + Gate, y - 3.5);
            canvas.Text(x + (2 * Gate) + 6, y, GateText, _small with { Colour = Palette.Ink });
        }
    }

    private const string GateText = "gate: the features below decide what passes";
}
