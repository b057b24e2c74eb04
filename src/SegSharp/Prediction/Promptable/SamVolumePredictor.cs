using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using SegSharp.Imaging.Resampling;
using SegSharp.Networks.Sam;
using SegSharp.Torch;
using SegSharp.Torch.Operators;

namespace SegSharp.Prediction.Promptable;

/// <summary>An answer in a volume.</summary>
/// <param name="Map">1 inside, on the image's own grid.</param>
/// <param name="Quality">The IoU that the network predicts; SAM-Med3D's head was not trained, so it says little.</param>
/// <param name="LowRes">Logits at low resolution [x, y, z] of the cube, to refine with as <see cref="PromptSet.Mask"/>.</param>
public sealed record PromptedVolume(LabelMap Map, double Quality, float[] LowRes);

/// <summary>Answers clicks in a volume with SAM-Med3D: a cube around the first click is embedded once, then asked many times.</summary>
/// <remarks>
/// Source: Wang et al. 2023 (SAM-Med3D) and its inference script; torchio's ToCanonical, Resample, CropOrPad and ZNormalization.
/// Axes run to the right, to the front and up; 1.5 mm; z-score of the cube's voxels above 0. A CT, which has values below −500,
/// is cut to −1000…1000 first, as in its training. Does not own the model. One thread at a time.
/// </remarks>
public sealed class SamVolumePredictor
{
    private readonly SamModel _model;
    private readonly double _spacing;
    private Volume? _image;
    private Geometry? _cube;
    private TensorData? _features;

    /// <summary>A predictor without a volume.</summary>
    /// <param name="model">SAM-Med3D, of any size.</param>
    /// <param name="spacing">Millimetres per voxel that the model was trained at.</param>
    /// <exception cref="UsageException">A model of pictures.</exception>
    public SamVolumePredictor(SamModel model, double spacing = 1.5)
    {
        if (model.Family != SamFamily.Med3D)
        {
            throw new UsageException($"{model.Name} sees pictures, not volumes", "choose a slice with --slice, or take sam-med3d");
        }

        (_model, _spacing) = (model, spacing);
    }

    /// <summary>Hears how far the encoder is; null = nobody.</summary>
    public Action<RunEvent>? On { get; set; }

    /// <summary>Cubes that went through the encoder.</summary>
    public int Encoded { get; private set; }

    /// <summary>The grid of the cube that the network sees.</summary>
    /// <exception cref="InvalidOperationException">No volume was set.</exception>
    public Geometry Cube => _cube ?? throw new InvalidOperationException("no volume was set");

    /// <summary>Embeds the cube around a place; the clicks that follow must lie in it.</summary>
    /// <param name="image">One channel, two slices or more.</param>
    /// <param name="x">Voxel of the image that the cube is laid around.</param>
    /// <param name="y">Voxel of the image.</param>
    /// <param name="z">Voxel of the image.</param>
    /// <param name="cancel">Looked at between the encoder's blocks.</param>
    /// <exception cref="InputException">Several channels, or no voxel above 0 in the cube.</exception>
    public void SetVolume(Volume image, double x, double y, double z, CancellationToken cancel = default)
    {
        if (image.Channels != 1)
        {
            throw new InputException($"'{image.Path ?? image.Name}' has {image.Channels} channels; SAM-Med3D sees one", image.Path is { } path ? CommandText.OfChannel(path) : "choose one channel");
        }

        var grid = Resampled(image.Geometry.Reoriented(Orientation.Ras));
        var centre = grid.ToVoxel.Apply(image.Geometry.ToWorld.Apply(new Triple(x, y, z)));
        var side = _model.ImageSize;
        int Start(double at) => (int)Math.Round(at) - (side / 2);
        _cube = grid.Part((Start(centre.X), Start(centre.Y), Start(centre.Z)), new Extent(side, side, side));
        _image = image;

        var values = Resample.ToGeometry(image.Convert(VoxelType.Float32), _cube, Interpolation.Linear, cancel: cancel).ToFloats();
        Normalise(values, isCt: image.ValueRange().Low < -500, image);

        using var guard = new NoGrad();
        using var scope = new TensorScope();
        var cube = Tensor.From(values, side, side, side).Permute(2, 1, 0).Contiguous().Reshape(1, 1, side, side, side).To(_model.Device);   // [x, y, z]
        _features = _model.Network.ImageEncoder.Forward(cube, done =>
        {
            cancel.ThrowIfCancellationRequested();
            On?.Invoke(new Progressed("embed", done, _model.Network.Options.ImageEncoder.Depth));
        }).ToData();
        Encoded++;
    }

    /// <summary>The mask of one object; an earlier answer's logits may be given again, else zeros stand for them, as in its training.</summary>
    /// <param name="prompts">Points in voxels of the image.</param>
    /// <exception cref="UsageException">No point, a box, or a point outside of the image or of the cube.</exception>
    public PromptedVolume Predict(PromptSet prompts)
    {
        var (cube, image) = (Cube, _image!);
        prompts.Require(_model, image.Extent.Width, image.Extent.Height, image.Extent.Depth);
        var side = _model.ImageSize;
        var places = prompts.Points.Select(p => cube.ToVoxel.Apply(image.Geometry.ToWorld.Apply(new Triple(p.X, p.Y, p.Z)))).ToList();
        foreach (var (p, at) in prompts.Points.Zip(places))
        {
            if (!new[] { at.X, at.Y, at.Z }.All(v => v > -0.5 && v < side - 0.5))
            {
                throw new UsageException(
                    $"the point {p.X:0.##},{p.Y:0.##},{p.Z:0.##} lies outside of the cube that the network sees, {side * _spacing:0.#} mm around the first point",
                    "leave it out, or segment that part by itself with the point first");
            }
        }

        using var guard = new NoGrad();
        using var scope = new TensorScope();
        var low = _model.MaskSide;
        var given = prompts.Mask is { } mask ? Tensor.From(mask, 1, 1, low, low, low) : Tensor.Zeros([1, 1, low, low, low]);
        var (lowRes, quality) = _model.Network.Decode(
            Tensor.From(_features!).To(_model.Device),
            new()
            {
                Points = Tensor.From(places.SelectMany(t => new[] { Whole(t.X), Whole(t.Y), Whole(t.Z) }).ToArray(), 1, places.Count, 3).To(_model.Device),
                Labels = Tensor.From(prompts.Points.Select(p => p.Foreground ? 1f : 0f).ToArray(), 1, places.Count).To(_model.Device),
                Masks = given.To(_model.Device),
            },
            several: prompts.Several);
        var best = quality.Argmax(1).Item();
        var one = lowRes.Narrow(1, (long)best, 1);
        var inside = Pooling.Linear(one, [side, side, side], alignCorners: false).GreaterThan(0).Reshape(side, side, side).Permute(2, 1, 0).ToArray<bool>();
        var map = new LabelMap(image.Name, cube, Array.ConvertAll(inside, i => (ushort)(i ? 1 : 0)));
        return new(Resample.ToGeometry(map, image.Geometry, Interpolation.Nearest), quality.ToArray<float>()[(int)best], one.ToArray<float>());

        static float Whole(double v) => (float)Math.Round(v);
    }

    // torchio's Resample: sides are rounded up, the outer corner stays.
    private Geometry Resampled(Geometry g)
    {
        int Side(int size, double spacing) => size == 1 ? 1 : (int)Math.Ceiling(size * spacing / _spacing);
        var factor = new Triple(_spacing / g.Spacing.X, _spacing / g.Spacing.Y, _spacing / g.Spacing.Z);
        return g with
        {
            Extent = new Extent(Side(g.Extent.Width, g.Spacing.X), Side(g.Extent.Height, g.Spacing.Y), Side(g.Extent.Depth, g.Spacing.Z)),
            Spacing = new Triple(_spacing, _spacing, _spacing),
            Origin = g.ToWorld.Apply(new Triple((factor.X - 1) / 2, (factor.Y - 1) / 2, (factor.Z - 1) / 2)),
        };
    }

    private static void Normalise(float[] values, bool isCt, Volume image)
    {
        if (isCt)
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = Math.Clamp(values[i], -1000, 1000);
            }
        }

        var body = Array.ConvertAll(values, v => v > 0);
        if (!body.Contains(true))
        {
            throw new InputException($"'{image.Path ?? image.Name}' has no voxel above 0 around the first point, so its intensities cannot be normalised", "give a first point inside of the body");
        }

        var statistics = IntensityStatistics.Moments(values, body);
        var deviation = statistics.Deviation(ddof: 1);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)((values[i] - statistics.Mean) / (deviation > 0 ? deviation : 1));
        }
    }
}
