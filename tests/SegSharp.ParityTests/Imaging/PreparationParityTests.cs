using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using SegSharp.Imaging.Resampling;
using SegSharp.Testing;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.ParityTests.Imaging;

/// <summary>nnU-Net's <c>DefaultPreprocessor.run_case</c> and its export to the original grid, put together from our parts.</summary>
public sealed class PreparationParityTests
{
    private const string Folder = "22-nnunet-preprocessing";

    public static TheoryData<string> Cases
    {
        get
        {
            var top = Path.Combine(ParityCases.Root, Folder, "full_case");
            return Directory.Exists(top) ? [.. Directory.EnumerateDirectories(top).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)] : [];
        }
    }

    [Fact]
    public void Cropping_to_nonzero_is_nnUNets()
    {
        var data = Npy.Read(ParityCases.Require(Folder, "crop", "data.npy"));
        var seg = Grid.Read(Folder, "crop", "seg.npy");
        var values = Array.ConvertAll(Grid.Numbers(data), v => (float)v);

        var region = NonzeroRegion.Of(values, seg.Extent);
        var cropped = values.Chunk((int)seg.Extent.Count).SelectMany(c => region.Cut<float>(c, seg.Extent));
        var labels = region.Cut<int>(seg.Whole, seg.Extent);

        Assert.Equal(Grid.Numbers(Npy.Read(ParityCases.Require(Folder, "crop", "expected_data.npy"))), cropped.Select(v => (double)v));
        Assert.Equal(Grid.Read(Folder, "crop", "expected_seg.npy").Whole, Outside(labels, region));
        Assert.Equal(Grid.Read(Folder, "crop", "expected_seg_when_no_seg_given.npy").Whole, Outside(new int[labels.Length], region));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void A_case_is_prepared_as_by_nnUNet(string name)
    {
        var given = new Given(name);
        var seg = given.Turned(Volume.Read(given.File("seg.nii.gz")));
        var channels = Directory.EnumerateFiles(given.Path, "img_*.nii.gz").Order(StringComparer.Ordinal).Select(f => given.Turned(Volume.Read(f)).Values).ToArray();
        var region = NonzeroRegion.Of([.. channels.SelectMany(c => c)], seg.Extent);
        var labels = Outside(region.Cut<int>(Array.ConvertAll(seg.Values, v => (int)v), seg.Extent), region);
        var to = new Geometry { Extent = region.Extent, Spacing = given.Spacing }.ExtentAt(given.Target);
        var expected = Npy.Read(given.File("expected_data.npy"));
        var expectedData = Grid.Numbers(expected).Chunk((int)to.Count).ToArray();

        Assert.Equal([to.Depth, to.Height, to.Width], expected.Shape[1..].Select(s => (int)s));
        for (var c = 0; c < channels.Length; c++)
        {
            var image = region.Cut<float>(channels[c], seg.Extent);
            var (normaliser, scope) = given.Scheme(c);
            normaliser.Run(image, region.Extent, scope, Array.ConvertAll(labels, l => l >= 0 || !given.UsesMask(c)), given.Statistics(c));

            var options = new ResampleOptions();
            var resampled = Resample.Image(image, region.Extent, to, options, options.CoarseAxis(given.Spacing, given.Target));

            Assert.Equal(0, resampled.Zip(expectedData[c]).Max(p => Math.Abs(p.First - p.Second)), 1e-4);
        }

        var order = new ResampleOptions { Order = Interpolation.Linear };
        Assert.Equal(Grid.Read(Folder, "full_case", name, "expected_seg.npy").Whole, Resample.Labels<int>(labels, region.Extent, to, order, order.CoarseAxis(given.Spacing, given.Target)));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Logits_become_nnUNets_segmentation_on_the_original_grid(string name)
    {
        var given = new Given(name);
        var properties = JsonNode.Parse(File.ReadAllBytes(given.File("expected_properties.json")))!;
        var array = Npy.Read(given.File("export_logits.npy"));
        var classes = (int)array.Shape[0];
        var from = new Extent((int)array.Shape[3], (int)array.Shape[2], (int)array.Shape[1]);
        var logits = Array.ConvertAll(Grid.Numbers(array), v => (float)v);
        var box = properties["bbox_used_for_cropping"]!.AsArray().Select(b => (Low: b![0]!.GetValue<int>(), High: b[1]!.GetValue<int>())).ToArray();
        var whole = Given.ExtentOf([.. properties["shape_before_cropping"]!.AsArray().Select(v => v!.GetValue<int>())]);
        var to = Given.ExtentOf([.. box.Select(b => b.High - b.Low)]);
        var region = new NonzeroRegion((box[2].Low, box[1].Low, box[0].Low), to, []);
        var coarse = new ResampleOptions().CoarseAxis(given.Target, given.Spacing);

        var labels = new ushort[to.Count];
        void Done(int z, ReadOnlySpan<ushort> page) => page.CopyTo(labels.AsSpan(z * (int)to.PageCount));
        var slab = given.Regions is { } regions ? SlabArgmax.Regions(from, to, regions, Done, coarse) : new SlabArgmax(from, to, classes, Done, coarse);
        var plane = (int)from.PageCount;
        for (var z = 0; z < from.Depth; z++)
        {
            slab.Add([.. Enumerable.Range(0, classes).SelectMany(c => logits[(((c * from.Depth) + z) * plane)..(((c * from.Depth) + z + 1) * plane)])]);
        }

        var (_, back) = Given.Transposed(region.PutBack<ushort>(labels, whole), whole, given.Backward);
        Assert.Equal(Grid.Read(Folder, "full_case", name, "export_expected_segmentation.npy").Labels, back);
    }

    private static int[] Outside(int[] labels, NonzeroRegion region) => [.. labels.Zip(region.Inside, (l, inside) => l == 0 && !inside ? -1 : l)];

    private sealed class Given
    {
        private readonly JsonNode _plans;
        private readonly JsonNode _configuration;
        private readonly JsonNode _dataset;

        public Given(string name)
        {
            Path = ParityCases.Require(Folder, "full_case", name);
            _plans = JsonNode.Parse(System.IO.File.ReadAllBytes(File("plans.json")))!;
            _configuration = _plans["configurations"]!["cfg"]!;
            _dataset = JsonNode.Parse(System.IO.File.ReadAllBytes(File("dataset.json")))!;
            var spacing = JsonNode.Parse(System.IO.File.ReadAllBytes(File("expected_properties.json")))!["spacing"]!.AsArray().Select(v => v!.GetValue<double>()).ToArray();
            var turned = Forward.Select(a => spacing[a]).ToArray();
            var target = _configuration["spacing"]!.AsArray().Select(v => v!.GetValue<double>()).ToArray();
            target = target.Length == 2 ? [turned[0], .. target] : target;
            (Spacing, Target) = (new Triple(turned[2], turned[1], turned[0]), new Triple(target[2], target[1], target[0]));
        }

        public string Path { get; }

        /// <summary>After the axes were turned.</summary>
        public Triple Spacing { get; }

        public Triple Target { get; }

        public int[] Backward => Axes("transpose_backward");

        public int[]? Regions => _dataset["regions_class_order"]?.AsArray().Select(v => v!.GetValue<int>()).ToArray();

        private int[] Forward => Axes("transpose_forward");

        public static Extent ExtentOf(int[] shape) => new(shape[2], shape[1], shape[0]);

        // Axes are counted from the slowest, as in the recording.
        public static (Extent Extent, T[] Values) Transposed<T>(T[] values, Extent extent, int[] axes)
        {
            int[] shape = [extent.Depth, extent.Height, extent.Width];
            int[] strides = [extent.Height * extent.Width, extent.Width, 1];
            var to = ExtentOf([.. axes.Select(a => shape[a])]);
            var result = new T[values.Length];
            for (var i = 0; i < result.Length; i++)
            {
                var (x, y, z) = (i % to.Width, i / to.Width % to.Height, i / to.Width / to.Height);
                result[i] = values[(z * strides[axes[0]]) + (y * strides[axes[1]]) + (x * strides[axes[2]])];
            }

            return (to, result);
        }

        public string File(string name) => System.IO.Path.Combine(Path, name);

        public (Extent Extent, float[] Values) Turned(Volume volume) => Transposed(volume.ToFloats(), volume.Extent, Forward);

        public bool UsesMask(int channel) => _configuration["use_mask_for_norm"]![channel]!.GetValue<bool>();

        public (Normaliser Normaliser, IntensityScope Scope) Scheme(int channel) => _configuration["normalization_schemes"]![channel]!.GetValue<string>() switch
        {
            "CTNormalization" => (new Ct(new()), IntensityScope.DataSet),
            "ZScoreNormalization" => (new ZScore(new() { InsideOnly = UsesMask(channel) }), IntensityScope.Volume),
            "RescaleTo01Normalization" => (new MinMax(new()), IntensityScope.Volume),
            var other => throw new NotSupportedException(other),
        };

        public IntensityStatistics Statistics(int channel)
        {
            var p = _plans["foreground_intensity_properties_per_channel"]![$"{channel}"]!;
            double Of(string key) => p[key]!.GetValue<double>();
            return new IntensityStatistics
            {
                Count = 1,
                Mean = Of("mean"),
                StandardDeviation = Of("std"),
                Minimum = Of("min"),
                Maximum = Of("max"),
                Percentiles = [new(0.5, Of("percentile_00_5")), new(99.5, Of("percentile_99_5"))],
            };
        }

        private int[] Axes(string key) => [.. _plans[key]!.AsArray().Select(v => v!.GetValue<int>())];
    }
}
