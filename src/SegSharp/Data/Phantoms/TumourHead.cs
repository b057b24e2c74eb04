using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Phantoms;

/// <summary>
/// A phantom, not a patient: a skull-stripped head with a tumour as in BraTS. Four modalities, labels 1 necrosis, 2 edema and
/// 4 enhancing rim, in the grid of BraTS (240×240×155, 1 mm, axes L-P-S).
/// </summary>
/// <remarks>
/// Source: an ellipsoid with folds of random noise; what is bright in which modality follows Menze et al. 2015 (BraTS), where edema
/// is seen in T2 and FLAIR, the rim in T1 with contrast and the necrosis inside it. Coil shading, another gain in every scan and
/// noise make one threshold for all fail.
/// </remarks>
public sealed class TumourHead : VolumePhantom
{
    private const float HalfX = 120, HalfY = 120, HalfZ = 77.5f;        // mm: half the box of a BraTS volume
    private const float NoiseSpread = 22;

    // Mean grey values by tissue: fluid, grey matter, white matter, necrosis, edema, enhancing.
    private static readonly float[][] Grey =
    [
        [170, 380, 500, 235, 340, 400],     // T1
        [180, 390, 510, 250, 360, 880],     // T1ce
        [920, 430, 310, 800, 680, 560],     // T2
        [130, 420, 330, 340, 760, 600],     // FLAIR
    ];

    /// <inheritdoc/>
    public override string Name => "brats";

    /// <inheritdoc/>
    public override string About => "a skull-stripped head with a tumour, four modalities, as in BraTS";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Channels => ["T1", "T1ce", "T2", "FLAIR"];

    /// <inheritdoc/>
    public override LabelList Labels => new([new("background", [0]), new("necrosis", [1]), new("edema", [2]), new("enhancing", [4])]);

    /// <inheritdoc/>
    public override Extent UsualSize => new(240, 240, 155);

    /// <inheritdoc/>
    public override string CaseName(int index) => $"BraTS19_PHANTOM_{index:D3}_1";

    /// <summary>Draws all heads as BraTS hands them out, to be imported: a folder per patient with <c>_t1</c>, <c>_t1ce</c>, <c>_t2</c>, <c>_flair</c> and <c>_seg</c>, and lists of patients in <c>datasets/</c>.</summary>
    /// <param name="folder">Where they go.</param>
    /// <param name="o">Count, size and seed.</param>
    /// <param name="overwrite">Write into a folder that is not empty.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops between two heads.</param>
    /// <exception cref="InputException">The folder is not empty.</exception>
    public void WritePatients(string folder, VolumePhantomOptions o, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        UsageException.ThrowIfAny(o.Check());
        if (!overwrite && (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())))
        {
            throw new InputException($"'{folder}' exists already and is not empty", "add --overwrite to replace it, or choose another folder");
        }

        string[] endings = ["t1", "t1ce", "t2", "flair"];
        for (var i = 0; i < o.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var (name, drawn) = (CaseName(i), Draw(o, i));
            var plane = drawn.Image.Bytes.Length / endings.Length;
            for (var c = 0; c < endings.Length; c++)
            {
                new Volume($"{name}_{endings[c]}", drawn.Image.Geometry, 1, drawn.Image.VoxelType, drawn.Image.Bytes[(c * plane)..((c + 1) * plane)])
                    .Write(Path.Combine(folder, "data", name, $"{name}_{endings[c]}.nii.gz"));
            }

            drawn.Labels.Write(Path.Combine(folder, "data", name, $"{name}_seg.nii.gz"));
            on?.Invoke(new Progressed("draw", i + 1, o.Count, name));
        }

        // The last sixth (at least one of three) is the test set, as much before it validates.
        var held = o.Count < 3 ? 0 : Math.Max(1, o.Count / 6);
        void List(string name, int from, int to) => AtomicFile.WriteText(
            Path.Combine(folder, "datasets", name), string.Concat(Enumerable.Range(from, to - from).Select(i => CaseName(i) + "\n")));
        List("train.txt", 0, o.Count - (2 * held));
        List("validation.txt", o.Count - (2 * held), o.Count - held);
        List("test.txt", o.Count - held, o.Count);
    }

    /// <inheritdoc/>
    protected override DrawnVolume Draw(RandomStream random, Extent size, string name)
    {
        var step = new Triple(2 * HalfX / size.Width, 2 * HalfY / size.Height, 2 * HalfZ / size.Depth);
        var grid = new Geometry
        {
            Extent = size,
            Spacing = step,
            Origin = new Triple(0, 2 * HalfY - step.Y, 0),
            Direction = new Direction(new Triple(-1, 0, 0), new Triple(0, -1, 0), new Triple(0, 0, 1)),
        };
        var tissue = new Anatomy(random).Tissues(size);
        var labels = new ushort[tissue.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = tissue[i] switch { Tissue.Necrosis => 1, Tissue.Edema => 2, Tissue.Enhancing => 4, _ => 0 };
        }

        var image = Volume.Zeros(name, grid, Grey.Length, VoxelType.Int16);
        for (var c = 0; c < Grey.Length; c++)
        {
            Scan(random.Derive("scan").Derive(c), tissue, size, Grey[c], image, c);
        }

        return new DrawnVolume(image, new LabelMap(name, grid, labels));
    }

    private static void Scan(RandomStream random, Tissue[] tissue, Extent size, float[] grey, Volume image, int channel)
    {
        var values = new float[tissue.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = tissue[i] == Tissue.None ? 0 : grey[(int)tissue[i] - 1];
        }

        Soften(values, size);
        var shading = new NoiseField(random.Derive("shading"), (HalfX, HalfY, HalfZ), 75);
        var gain = (float)random.Derive("gain").Between(0.75, 1.35);
        var grain = random.Derive("grain");
        var plane = (int)size.PageCount;
        Pages(size, z =>
        {
            var noise = grain.Derive(z);
            var page = image.Channel<short>(channel).Slice(z * plane, plane);
            for (var i = 0; i < plane; i++)
            {
                if (tissue[(z * plane) + i] == Tissue.None)
                {
                    continue;
                }

                // The length of two noisy parts, as a scanner's magnitude image has it; never 0, so that nonzero is brain.
                var (x, y) = Millimetres(i % size.Width, i / size.Width, size);
                var shaded = values[(z * plane) + i] * (1 + (0.1f * shading.At(x, y, Millimetres(z, size))));
                var (real, imaginary) = (shaded + (NoiseSpread * (float)noise.NextNormal()), NoiseSpread * (float)noise.NextNormal());
                page[i] = (short)Math.Clamp(gain * MathF.Sqrt((real * real) + (imaginary * imaginary)), 1, short.MaxValue);
            }
        });
    }

    private static (float X, float Y) Millimetres(int x, int y, Extent size) =>
        (((x + 0.5f) * 2 * HalfX / size.Width) - HalfX, ((y + 0.5f) * 2 * HalfY / size.Height) - HalfY);

    private static float Millimetres(int z, Extent size) => ((z + 0.5f) * 2 * HalfZ / size.Depth) - HalfZ;

    private enum Tissue : byte
    {
        None,
        Fluid,
        Grey,
        White,
        Necrosis,
        Edema,
        Enhancing,
    }

    /// <summary>One head: what lies where, in millimetres from the middle of the box.</summary>
    private sealed class Anatomy
    {
        private readonly NoiseField _surface, _folds, _furrows, _lobes, _fingers, _clots;
        private readonly float _x, _y, _z, _edema, _core, _necrosis, _wide, _long, _high;

        public Anatomy(RandomStream random)
        {
            NoiseField Field(string name, float spacing) => new(random.Derive(name), (HalfX, HalfY, HalfZ), spacing);
            (_surface, _folds, _furrows) = (Field("surface", 26), Field("folds", 8), Field("furrows", 11));
            (_lobes, _fingers, _clots) = (Field("lobes", 17), Field("fingers", 10), Field("clots", 7));
            var draw = random.Derive("tumour");
            float Between(double low, double high) => (float)draw.Between(low, high);
            (_x, _y, _z) = ((draw.Chance(0.5) ? -1 : 1) * Between(22, 38), Between(-38, 36), Between(-12, 26));
            _edema = Between(23, 34);
            _core = _edema * Between(0.48, 0.66);
            _necrosis = _core * Between(0.45, 0.7);
            (_wide, _long, _high) = (Between(0.85, 1.2), Between(0.85, 1.2), Between(0.85, 1.2));
        }

        public Tissue[] Tissues(Extent size)
        {
            var tissues = new Tissue[checked((int)size.Count)];
            Pages(size, page =>
            {
                var z = Millimetres(page, size);
                for (var row = 0; row < size.Height; row++)
                {
                    for (var column = 0; column < size.Width; column++)
                    {
                        var (x, y) = Millimetres(column, row, size);
                        tissues[(((page * size.Height) + row) * size.Width) + column] = At(x, y, z);
                    }
                }
            });
            return tissues;
        }

        private Tissue At(float x, float y, float z)
        {
            var radius = Length(x / 67, y / 85, (z + 4) / 64);
            if (radius > 1.2f || (radius *= 1 + (0.025f * _surface.At(x, y, z))) >= 1)
            {
                return Tissue.None;
            }

            var healthy = Healthy(1 - radius, x, y, z);
            return healthy == Tissue.Fluid ? healthy : Tumour(x, y, z) is { } ill && !(ill == Tissue.Edema && healthy == Tissue.Grey && radius > 0.93f) ? ill : healthy;
        }

        private Tissue Healthy(float depth, float x, float y, float z)
        {
            var fissure = MathF.Abs(x) < 1.6f && depth > 0 && (z > 4 || depth < 0.25f);
            var ventricle = Length((MathF.Abs(x) - 10) / 7, (y + 2) / 27, (z - 6) / 10) < 1 + (0.1f * _lobes.At(x, y, z));
            if (depth < 0.025f || fissure || ventricle || (depth < 0.14f && MathF.Abs(_furrows.At(x, y, z)) < 0.13f))
            {
                return Tissue.Fluid;
            }

            var kernel = Length((MathF.Abs(x) - 22) / 9, (y - 4) / 17, (z + 3) / 11) < 1;
            return kernel || depth < 0.15f + (0.05f * _folds.At(x, y, z)) ? Tissue.Grey : Tissue.White;
        }

        private Tissue? Tumour(float x, float y, float z)
        {
            var distance = Length((x - _x) / _wide, (y - _y) / _long, (z - _z) / _high);
            if (distance > 1.8f * _edema)
            {
                return null;
            }

            var lobed = distance * (1 + (0.14f * _lobes.At(x, y, z)));
            return lobed < _necrosis ? Tissue.Necrosis
                : lobed < _core ? (_clots.At(x, y, z) > 1.4f ? Tissue.Necrosis : Tissue.Enhancing)
                : lobed * (1 + (0.16f * _fingers.At(x, y, z))) < _edema ? Tissue.Edema
                : null;
        }

        private static float Length(float x, float y, float z) => MathF.Sqrt((x * x) + (y * y) + (z * z));
    }
}
