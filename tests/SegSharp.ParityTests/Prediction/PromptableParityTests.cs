using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Networks.Sam;
using SegSharp.Prediction.Promptable;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.ParityTests.Prediction;

/// <summary>What stands around the networks: segment-anything's utils/amg and its generator, and MedSAM's inference script.</summary>
[Collection("native")]
public sealed class PromptableParityTests
{
    public static TheoryData<string> Generators => [.. Below("amg.json")];

    public static TheoryData<string> MedSam => [.. Below("case.json").Where(f => File.Exists(Path.Combine(ParityCases.Root, f, "probability_37x50.npy")) || File.ReadAllText(Path.Combine(ParityCases.Root, f, "case.json")).Contains("bowang-lab/MedSAM", StringComparison.Ordinal))];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Generators))]
    public void Grids_and_crops_are_the_originals(string folder)
    {
        var json = Amg(folder);

        Assert.Equal(Pairs(json["point_grid_4"]!), AutomaticMasks.Grid(4));
        Assert.Equal(json["all_layer_grids_4_layers1_scale2"]!.AsArray().Select(g => Pairs(g!)), [AutomaticMasks.Grid(4), AutomaticMasks.Grid(2)]);
        foreach (var (key, expected) in json.Where(p => p.Key.StartsWith("crop_boxes_h", StringComparison.Ordinal)))
        {
            var words = key.Split('_');
            var (boxes, layers) = AutomaticMasks.CropBoxes(int.Parse(words[3][1..]), int.Parse(words[2][1..]), int.Parse(words[4]["layers".Length..]), 512.0 / 1500);
            Assert.Equal(expected!.AsArray().Select(Ints), boxes.Select(b => new List<int> { b.X, b.Y, b.Right, b.Bottom }));
            Assert.Equal(layers.Order(), layers);
            if (layers.Count == json["crop_layer_idx"]!.AsArray().Count)
            {
                Assert.Equal(Ints(json["crop_layer_idx"]), layers);
            }
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Generators))]
    public void Stability_boxes_and_runs_are_the_originals(string folder)
    {
        var json = Amg(folder);
        var logits = Read(folder, "amg_logits.npy");
        var (h, w) = ((int)logits.Shape[1], (int)logits.Shape[2]);
        var planes = Floats(logits).Chunk(h * w).ToList();
        var masks = planes.Select((p, i) => Array.ConvertAll(p, v => i < 2 && v > 0.8f)).ToList();             // the third was emptied

        Assert.Equal(json["stability_score_thr0_off1"]!.AsArray().Select(v => v!.GetValue<double>()), planes.Select(p => AutomaticMasks.Stability(p, 0, 1)));
        Assert.Equal(json["batched_mask_to_box_logits_gt_0.8_third_empty"]!.AsArray().Select(Ints), masks.Select(m => AutomaticMasks.BoxOf(m, w)).Select(b => new List<int> { b.X, b.Y, b.Right, b.Bottom }));
        foreach (var (mask, (runs, area)) in masks.Zip(json["rle"]!.AsArray().Zip(Ints(json["area"]))))
        {
            var ours = RunLength.Of(mask, w, h);
            Assert.Equal(Ints(runs!["counts"]), ours.Counts);
            Assert.Equal(Ints(runs["size"]), new List<int> { ours.Height, ours.Width });
            Assert.Equal(area, ours.Area);
            Assert.Equal(mask, ours.ToMask());
            Assert.Equal(ours.Counts, RunLength.FromCompressed(ours.Compressed(), w, h).Counts);
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Generators))]
    public void Small_regions_go_as_in_the_original(string folder)
    {
        var json = Amg(folder);
        var input = Read(folder, "amg_region_in.npy");
        foreach (var file in Directory.EnumerateFiles(ParityCases.Require(folder), "amg_region_*_*.npy").Order(StringComparer.Ordinal))
        {
            var words = Path.GetFileNameWithoutExtension(file).Split('_');
            var ours = AutomaticMasks.RemoveSmallRegions(Bools(input), (int)input.Shape[1], int.Parse(words[3]), holes: words[2] == "holes", out var changed);

            Assert.Equal(Bools(Npy.Read(file)), ours);
            Assert.Equal(json[$"region_{words[2]}_{words[3]}_changed"]!.GetValue<bool>(), changed);
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Generators))]
    public void Suppression_keeps_what_the_original_keeps(string folder)
    {
        var json = Amg(folder);
        var boxes = Floats(Read(folder, "amg_nms_boxes.npy")).Chunk(4).Select(b => ((double)b[0], (double)b[1], (double)b[2], (double)b[3])).ToList();
        var scores = Array.ConvertAll(Floats(Read(folder, "amg_nms_scores.npy")), v => (double)v);

        foreach (var (limit, kept) in json["nms_keep"]!.AsObject())
        {
            Assert.Equal(Ints(kept), AutomaticMasks.Suppress(boxes, scores, double.Parse(limit, System.Globalization.CultureInfo.InvariantCulture)));
        }

        // The recording does not name its crop; of all of multiples of ten in common images this is the only one with these answers.
        if (json["box_near_crop_edge"] is JsonArray near)
        {
            Assert.Equal(near.Select(v => v!.GetValue<bool>()), boxes.Select(b => AutomaticMasks.IsNearCropEdge(b, new(0, 0, 50, 50), 64, 64)));
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Generators))]
    public void The_longest_side_is_resized_as_in_the_original(string folder)
    {
        var page = Page(Read(folder, "amg_image_hwc_u8.npy"));
        var theirs = Read(folder, "amg_image_resized_u8.npy");
        var (h, w) = ((int)theirs.Shape[0], (int)theirs.Shape[1]);
        float[] mean = [123.675f, 116.28f, 103.53f], deviation = [58.395f, 57.12f, 57.375f];

        var ours = PagePreparation.LongestSide(page, Math.Max(w, h));

        Assert.Equal((w, h), (ours.InputWidth, ours.InputHeight));
        var side = Math.Max(w, h);
        for (var i = 0; i < theirs.Bytes.Length; i++)
        {
            var (y, x, c) = (i / 3 / w, i / 3 % w, i % 3);
            Assert.Equal((theirs.Bytes.Span[i] - mean[c]) / deviation[c], ours.Values[(((c * side) + y) * side) + x], 1e-6f);
        }

        Assert.All(Enumerable.Range(h * side, (side - h) * side), i => Assert.Equal(0, ours.Values[i]));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Generators))]
    public void The_generator_finds_what_the_original_finds(string folder)
    {
        var run = Amg(folder)["generator"]!;
        var options = run["options"]!;
        double Number(string key, double otherwise) => options[key]?.GetValue<double>() ?? otherwise;
        int Whole(string key, int otherwise) => (int)Number(key, otherwise);
        var usual = new AutomaticMaskOptions();
        using var model = Tiny(folder);

        var masks = AutomaticMasks.Find(new(model), Page(Read(folder, run["image"]!.GetValue<string>())), new()
        {
            PointsPerSide = Whole("points_per_side", usual.PointsPerSide),
            PointsPerBatch = Whole("points_per_batch", usual.PointsPerBatch),
            MinimumQuality = Number("pred_iou_thresh", usual.MinimumQuality),
            MinimumStability = Number("stability_score_thresh", usual.MinimumStability),
            StabilityOffset = Number("stability_score_offset", usual.StabilityOffset),
            BoxOverlap = Number("box_nms_thresh", usual.BoxOverlap),
            CropLayers = Whole("crop_n_layers", 0),
            CropBoxOverlap = Number("crop_nms_thresh", usual.CropBoxOverlap),
            CropOverlap = Number("crop_overlap_ratio", usual.CropOverlap),
            CropPointsDivisor = Whole("crop_n_points_downscale_factor", 1),
            MinimumRegion = Whole("min_mask_region_area", 0),
        });

        var results = run["results"]!.AsArray();
        Assert.Equal(results.Count, masks.Count);
        foreach (var (mask, expected) in masks.Zip(results))
        {
            Assert.Equal(Ints(expected!["segmentation"]!["counts"]), mask.Runs.Counts);
            Assert.Equal(expected["area"]!.GetValue<double>(), mask.Area);
            Assert.Equal(Doubles(expected["bbox"]), new List<double> { mask.Box.X, mask.Box.Y, mask.Box.Width, mask.Box.Height });
            Assert.Equal(expected["predicted_iou"]!.GetValue<double>(), mask.Quality, 1e-4);
            Assert.Equal(Doubles(expected["point_coords"]![0]), new List<double> { mask.Point.X, mask.Point.Y });
            Assert.Equal(expected["stability_score"]!.GetValue<double>(), mask.Stability, 1e-6);
            Assert.Equal(Doubles(expected["crop_box"]), new List<double> { mask.Crop.X, mask.Crop.Y, mask.Crop.Width, mask.Crop.Height });
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(MedSam))]
    public void The_way_of_MedSAM_is_the_originals(string folder)
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(ParityCases.Require(folder), "case.json")))!;
        var grey = Read(folder, "image_u8.npy");
        var (h, w) = ((int)grey.Shape[0], (int)grey.Shape[1]);
        var plane = grey.Bytes.ToArray();
        var page = new PromptablePage("image", w, h, [.. plane, .. plane, .. plane], "as stored");

        // Whole numbers by cutting off: a byte may differ by 1 where the spline lies within 1e-3 of one.
        var small = PagePreparation.Cubic(page, 64, 64)[..(64 * 64)];
        Assert.All(small.Zip(Read(folder, "resized_64_u8.npy").Bytes.ToArray()), p => Assert.InRange(p.First - p.Second, -1, 1));
        var large = PagePreparation.CubicPlane(plane, w, h, 1024, 1024);
        var some = Read(folder, "resized_1024_every16_u8.npy").Bytes.ToArray();
        for (var i = 0; i < some.Length; i++)
        {
            var v = large[(i / 64 * 16 * 1024) + (i % 64 * 16)];
            Assert.True((byte)v == some[i] || Math.Abs(v - Math.Round(v)) < 1e-3, $"{v} there, {some[i]} here");
        }

        var shrunk = Read(folder, "resized_16x20_float.npy");
        Assert.All(
            PagePreparation.CubicPlane(plane, w, h, (int)shrunk.Shape[1], (int)shrunk.Shape[0]).Zip(Floats(shrunk)),
            p => Assert.Equal(p.Second, p.First, 1e-3));

        var prepared = PagePreparation.Stretched(page, 64);
        Assert.All(prepared.Values.Take(64 * 64).Zip(Floats(Read(folder, "normalised_64.npy"))), p => Assert.Equal(p.Second, p.First, 1.01f / 255));

        using var network = Network(Path.Combine(ParityCases.Root, folder, json["weights"]!.GetValue<string>()));
        using var model = new SamModel("medsam", SamFamily.MedSam, network);
        var predictor = new SamPredictor(model);
        predictor.SetImage(page);
        var box = Doubles(json["box_in_image_pixels"]);
        var answer = Assert.Single(predictor.Predict(new() { Box = new(box[0], box[1], box[2], box[3]) }));

        var (logits, probability, mask) = (Floats(Read(folder, "low_res_logits.npy")), Floats(Read(folder, $"probability_{h}x{w}.npy")), Read(folder, "mask_u8.npy").Bytes.ToArray());
        Assert.All(logits.Zip(answer.LowRes), p => Assert.Equal(p.First, p.Second, 2e-5f + (1e-4f * Math.Abs(p.First))));
        Assert.All(Enumerable.Range(0, mask.Length).Where(i => Math.Abs(probability[i] - 0.5) > 1e-4), i => Assert.Equal(mask[i] != 0, answer.Inside[i]));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Generators))]
    public void A_predictor_answers_with_the_networks_own_masks(string folder)
    {
        var page = Page(Read(folder, "amg_image_hwc_u8.npy"));
        using var model = Tiny(folder);
        var predictor = new SamPredictor(model);
        predictor.SetImage(page);

        var three = predictor.Predict(new() { Points = [new(20, 15), new(5, 5, Foreground: false)], Several = true });
        var again = predictor.Predict(new() { Points = [new(20, 15)], Mask = three[0].LowRes });

        Assert.Equal(1, predictor.Encoded);
        Assert.Equal(3, three.Count);
        Assert.Equal(three.Select(m => m.Quality).OrderDescending(), three.Select(m => m.Quality));
        Assert.All(three.Concat(again), m => Assert.Equal((page.Width * page.Height, model.MaskSide * model.MaskSide), (m.Inside.Length, m.LowRes.Length)));
    }

    private static IEnumerable<string> Below(string file)
    {
        var top = Path.Combine(ParityCases.Root, "07-sam");
        return Directory.Exists(top)
            ? Directory.EnumerateFiles(top, file, SearchOption.AllDirectories).Select(f => Path.GetRelativePath(ParityCases.Root, Path.GetDirectoryName(f)!).Replace('\\', '/')).Order(StringComparer.Ordinal)
            : [];
    }

    private static SamModel Tiny(string folder) => new("tiny", SamFamily.Sam, Network(Path.Combine(ParityCases.Require(folder), "weights.pt")));

    private static SamNetwork Network(string file)
    {
        var tensors = Checkpoint.Read(file).Tensors;
        var network = new SamNetwork(SamShapes.Of(tensors.ToDictionary(t => t.Key, t => t.Value.Shape), file));
        network.Load(tensors, file);
        return network;
    }

    // [H, W, 3] → planes.
    private static PromptablePage Page(TensorData hwc)
    {
        var (h, w) = ((int)hwc.Shape[0], (int)hwc.Shape[1]);
        var planes = new byte[3 * h * w];
        for (var i = 0; i < planes.Length; i++)
        {
            planes[(i % 3 * h * w) + (i / 3)] = hwc.Bytes.Span[i];
        }

        return new("image", w, h, planes, "as stored");
    }

    private static JsonObject Amg(string folder) => JsonNode.Parse(File.ReadAllText(Path.Combine(ParityCases.Require(folder), "amg.json")))!.AsObject();

    private static TensorData Read(string folder, string file) => Npy.Read(ParityCases.Require(folder, file));

    private static float[] Floats(TensorData data)
    {
        using var scope = new TensorScope();
        return Tensor.From(data).To(DType.Float32).ToArray<float>();
    }

    private static bool[] Bools(TensorData data) => Array.ConvertAll(data.Bytes.ToArray(), b => b != 0);

    private static List<int> Ints(JsonNode? list) => [.. list!.AsArray().Select(v => (int)v!.GetValue<double>())];

    private static List<double> Doubles(JsonNode? list) => [.. list!.AsArray().Select(v => v!.GetValue<double>())];

    private static IReadOnlyList<(double, double)> Pairs(JsonNode list) => [.. list.AsArray().Select(p => (p![0]!.GetValue<double>(), p[1]!.GetValue<double>()))];
}
