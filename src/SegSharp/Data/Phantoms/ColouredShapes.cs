using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Phantoms;

/// <summary>Ten kinds of coloured shapes on a restless ground: for classes, encoders' features and single objects.</summary>
/// <remarks>Each kind has a usual colour that the colour of a shape scatters around, so that neither colour nor outline alone is enough.</remarks>
public sealed class ColouredShapes : PicturePhantom
{
    /// <inheritdoc/>
    public override string Name => "shapes";

    /// <inheritdoc/>
    public override string About => "ten kinds of coloured shapes";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Channels => ["R", "G", "B"];

    /// <inheritdoc/>
    public override LabelList Labels { get; } =
        new([new("background", [0]), .. ShapeKind.All.Select((k, i) => new NamedLabel(k.Name, [(ushort)(i + 1)]))]);

    /// <inheritdoc/>
    public override Extent UsualSize => new(128, 128);

    /// <summary>Draws one picture with one large shape, for classification.</summary>
    /// <param name="o">Size and seed.</param>
    /// <param name="label">The shape's label.</param>
    /// <param name="index">Number of the picture within its class.</param>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public DrawnPicture DrawOne(PicturePhantomOptions o, int label, int index)
    {
        UsageException.ThrowIfAny(o.Check());
        var (size, random) = (o.Size ?? UsualSize, new RandomStream(o.Seed).Derive("one shape").Derive(label).Derive(index));
        var side = Math.Min(size.Width, size.Height);
        var radius = side * random.Between(0.24, 0.4);
        var shape = PlacedShape.Drawn(random, label, Place(random, size.Width, radius), Place(random, size.Height, radius), radius);
        return ShapeScene.Render(ShapeScene.Ground(random.Derive("ground"), size), size, [shape], random.Derive("noise"), $"{Labels.NameOf((ushort)label)}_{index:D3}");
    }

    /// <summary>Draws pictures with one shape each into a folder per class: <c>disk/disk_000.png</c>.</summary>
    /// <param name="folder">Where the folders go.</param>
    /// <param name="o">Count (over all classes, in turn), size and seed.</param>
    /// <param name="overwrite">Replace pictures that lie there.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops between two pictures.</param>
    /// <exception cref="InputException">The folders are there already.</exception>
    public void WriteClasses(string folder, PicturePhantomOptions o, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        UsageException.ThrowIfAny(o.Check());
        RequireFree(overwrite, ShapeKind.All.Select(k => Path.Combine(folder, k.Name)));
        for (var i = 0; i < o.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var kind = i % ShapeKind.All.Count;
            var drawn = DrawOne(o, kind + 1, i / ShapeKind.All.Count);
            drawn.Image.Write(Path.Combine(folder, ShapeKind.All[kind].Name, drawn.Image.Name + ".png"));
            on?.Invoke(new Progressed("draw", i + 1, o.Count, drawn.Image.Name));
        }
    }

    /// <inheritdoc/>
    protected override DrawnPicture Draw(RandomStream random, PicturePhantomOptions o, string name)
    {
        var size = o.Size ?? UsualSize;
        var (side, draw) = (Math.Min(size.Width, size.Height), random.Derive("shapes"));
        var (few, many) = o.Small ? (8, 16) : (3, 7);
        var wanted = few + draw.Next(many - few + 1);
        var shapes = new List<PlacedShape>();
        for (var trial = 0; trial < 1000 && shapes.Count < wanted; trial++)
        {
            var radius = Math.Max(1.6, side * draw.Between(0.09, 0.2) / (o.Small ? 5 : 1));
            var shape = PlacedShape.Drawn(draw, 1 + draw.Next(ShapeKind.All.Count), Place(draw, size.Width, radius), Place(draw, size.Height, radius), radius);

            // Half hidden is fair, wholly hidden is not.
            if (shapes.TrueForAll(s => Math.Sqrt(((s.X - shape.X) * (s.X - shape.X)) + ((s.Y - shape.Y) * (s.Y - shape.Y))) > 0.85 * (s.Radius + radius)))
            {
                shapes.Add(shape);
            }
        }

        return ShapeScene.Render(ShapeScene.Ground(random.Derive("ground"), size), size, shapes, random.Derive("noise"), name);
    }

    private static double Place(RandomStream random, int side, double radius) => random.Between(Math.Min(radius, side / 2.0), Math.Max(side - radius, side / 2.0));
}
