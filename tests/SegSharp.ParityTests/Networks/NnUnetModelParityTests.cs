using System.Text.Json.Nodes;
using SegSharp.Networks;
using SegSharp.Networks.KeyMaps;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.ParityTests.Networks;

/// <summary>Checkpoints as nnU-Net's own trainer wrote them, found by folder: they load by name into the network of their plan, and compute what it computed.</summary>
[Collection("native")]
public sealed class NnUnetModelParityTests
{
    private const string Room = "30-nnunet-models";

    public static TheoryData<string> Checkpoints => [.. Below("checkpoint_*.pth")];

    public static TheoryData<string> OldPlans => [.. Below("plans_old_format.json")];

    // One network, tiles side by side, no weighting: every logit is the network's own, or the mean of two where tiles overlap.
    public static TheoryData<string, string> Runs
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var folder in ParityCases.Folders(Room))
            {
                foreach (var (name, run) in ReadJson(Path.Combine(ParityCases.Root, folder, "case.json"))["runs"] as JsonObject ?? [])
                {
                    if (run is JsonObject o && o["use_folds"] is JsonArray { Count: 1 } && o["use_gaussian"]?.GetValue<bool>() == false && o["use_mirroring"]?.GetValue<bool>() == false)
                    {
                        rows.Add(folder, name);
                    }
                }
            }

            return rows;
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Checkpoints))]
    public void A_checkpoint_loads_by_name_into_the_network_of_its_plan(string file)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        var path = ParityCases.Require(file);
        var checkpoint = Checkpoint.Read(path);
        var (plans, configuration, _) = NnUnetArchitecture.InitArgs(checkpoint);
        var options = NnUnetArchitecture.From(checkpoint);
        using var network = NnUnetArchitecture.Build(options with { DeepSupervision = true });
        var before = network.StateData().ToDictionary(s => s.Name, s => s.Value.Bytes);

        network.Load(NnUnet.For(options).Read(checkpoint.Tensors, path), path);

        Assert.Equal("network_weights", checkpoint.WeightsAt);
        Assert.Empty(network.StateData().Where(s => s.Name.EndsWith("conv.weight", StringComparison.Ordinal) && s.Value.Bytes.Span.SequenceEqual(before[s.Name].Span)).Select(s => s.Name));
        long[] patch = [.. NnUnetArchitecture.Configuration(plans, configuration)["patch_size"]!.AsArray().Select(n => n!.GetValue<long>())];
        var logits = network.Forward(Tensor.Uniform([1, options.InChannels, .. patch]));
        Assert.Equal([1, options.Classes, .. patch], logits.Full.Shape);
        Assert.Equal(options.Widths.Count - 1, logits.Levels.Count);
        Assert.All(logits.Levels, l => Assert.True(l.IsFinite()));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Checkpoints))]
    public void The_names_that_are_written_are_the_originals_every_one(string file)
    {
        using var scope = new TensorScope();
        var path = ParityCases.Require(file);
        var theirs = Checkpoint.Read(path).Tensors;
        var options = NnUnetArchitecture.From(Checkpoint.Read(path));
        using var network = NnUnetArchitecture.Build(options);
        network.Load(NnUnet.For(options).Read(theirs, path), path);

        var written = NnUnet.For(options).Write(network.StateData()).ToDictionary(w => w.Name, w => w.Value);

        Assert.Equal(theirs.Keys.Order(StringComparer.Ordinal), written.Keys.Order(StringComparer.Ordinal));
        Assert.All(theirs, t => Assert.True(written[t.Key].Bytes.Span.SequenceEqual(t.Value.Bytes.Span), t.Key));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Checkpoints))]
    public void The_plan_beside_it_says_the_same_as_the_plan_inside(string file)
    {
        var path = ParityCases.Require(file);
        var folder = Path.GetDirectoryName(Path.GetDirectoryName(path))!;
        var inside = Checkpoint.Read(path);
        var configuration = NnUnetArchitecture.InitArgs(inside).Configuration;
        var (plans, dataset) = (ReadJson(Path.Combine(folder, "plans.json")), ReadJson(Path.Combine(folder, "dataset.json")));

        var beside = NnUnetArchitecture.From(plans, configuration, NnUnetArchitecture.Channels(plans, configuration, dataset), NnUnetArchitecture.Classes(dataset));

        Assert.Equal(OptionsJson.Write(NnUnetArchitecture.From(inside)).ToJsonString(), OptionsJson.Write(beside).ToJsonString());
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(OldPlans))]
    public void A_plan_in_the_form_before_means_the_same_network(string file)
    {
        var folder = Path.GetDirectoryName(ParityCases.Require(file))!;
        var (old, plans) = (ReadJson(Path.Combine(folder, "plans_old_format.json")), ReadJson(Path.Combine(folder, "plans.json")));

        foreach (var (configuration, _) in old["configurations"]!.AsObject())
        {
            Assert.Equal(
                OptionsJson.Write(NnUnetArchitecture.From(plans, configuration, 2, 4)).ToJsonString(),
                OptionsJson.Write(NnUnetArchitecture.From(old, configuration, 2, 4)).ToJsonString());
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Runs))]
    public void The_logits_are_nnU_Nets(string folder, string run)
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        var at = ParityCases.Require(folder);
        var json = ReadJson(Path.Combine(at, "case.json"));
        var model = Path.Combine(at, json["model_folder"]!.GetValue<string>());
        var settings = json["runs"]![run]!;
        var path = Path.Combine(model, $"fold_{settings["use_folds"]![0]}", json["checkpoint"]?.GetValue<string>() ?? "checkpoint_final.pth");
        var checkpoint = Checkpoint.Read(path);
        var (plans, configuration, _) = NnUnetArchitecture.InitArgs(checkpoint);
        var options = NnUnetArchitecture.From(checkpoint);
        using var network = NnUnetArchitecture.Build(options);
        network.Load(NnUnet.For(options).Read(checkpoint.Tensors, path), path);
        network.Evaluate();
        long[] patch = [.. NnUnetArchitecture.Configuration(plans, configuration)["patch_size"]!.AsArray().Select(n => n!.GetValue<long>())];

        var compared = 0;
        foreach (var (name, expected) in settings["cases"]!.AsObject())
        {
            var image = Tensor.From(Npy.Read(Path.Combine(at, json["cases"]![name]!["preprocessed"]!.GetValue<string>())));
            if (json["cases"]![name]!["preprocessed_extra_channels"]?.GetValue<string>() is { } before)
            {
                image = Tensor.Cat(0, image, Tensor.From(Npy.Read(Path.Combine(at, before))).To(DType.Float32));
            }

            var subsampled = expected!["logits"] is null;
            var theirs = Tensor.From(Npy.Read(Path.Combine(at, (subsampled ? expected["logits_subsampled"]!["file"] : expected["logits"])!.GetValue<string>()))).To(DType.Float32);
            var ours = Slide(network, image, patch, settings["tile_step_size"]!.GetValue<double>());
            ours = subsampled ? Every(ours, [1, 2, 3, 3]) : ours;

            Assert.Equal(theirs.Shape, ours.Shape);
            Assert.InRange((ours - theirs).Abs().Max().Item(), 0, 0.05);        // nnU-Net sums in float16: one or two of its steps
            compared++;
        }

        Assert.True(compared > 0);
    }

    // Tiles at nnU-Net's places, the plain mean where they overlap. A 2D network takes every slice by itself.
    private static Tensor Slide(Network network, Tensor image, long[] patch, double step)
    {
        if (network.Dimensions == 2)
        {
            return Tensor.Stack(1, [.. Enumerable.Range(0, (int)image.Size(1)).Select(z => Tiles(network, image.Select(1, z), patch, step))]);
        }

        return Tiles(network, image, patch, step);
    }

    private static Tensor Tiles(Network network, Tensor image, long[] patch, double step)
    {
        long[] sides = [.. image.Shape.Skip(1)];
        long[] missing = [.. sides.Zip(patch, (s, p) => Math.Max(0, p - s))];
        var large = image.Pad([.. missing.Reverse().SelectMany(m => new[] { m / 2, m - (m / 2) })]);
        long[] room = [.. large.Shape.Skip(1)];
        var places = room.Select((r, axis) => Places(r, patch[axis], step)).ToArray();
        var (sum, count) = (Tensor.Zeros([network.Options.Classes, .. room]), Tensor.Zeros([1, .. room]));
        foreach (var corner in Product(places))
        {
            var (tile, s, c) = (large, sum, count);
            for (var axis = 0; axis < patch.Length; axis++)
            {
                tile = tile.Narrow(axis + 1, corner[axis], patch[axis]);
                s = s.Narrow(axis + 1, corner[axis], patch[axis]);
                c = c.Narrow(axis + 1, corner[axis], patch[axis]);
            }

            s.AddInPlace(network.Forward(tile.Unsqueeze(0).Contiguous()).Full.Squeeze(0));
            c.AddInPlace(1.0);
        }

        var mean = sum / count;
        for (var axis = 0; axis < sides.Length; axis++)
        {
            mean = mean.Narrow(axis + 1, missing[axis] / 2, sides[axis]);
        }

        return mean;
    }

    private static long[] Places(long side, long patch, double step)
    {
        var count = (int)Math.Ceiling((side - patch) / (patch * step)) + 1;
        var apart = count > 1 ? (side - patch) / (double)(count - 1) : 0;
        return [.. Enumerable.Range(0, count).Select(i => (long)Math.Round(apart * i))];
    }

    private static IEnumerable<long[]> Product(long[][] places) =>
        places.Aggregate((IEnumerable<long[]>)[[]], (done, axis) => done.SelectMany(d => axis.Select(p => (long[])[.. d, p])));

    private static Tensor Every(Tensor x, long[] steps)
    {
        for (var axis = 0; axis < steps.Length; axis++)
        {
            long[] kept = [.. Enumerable.Range(0, (int)x.Size(axis)).Where(i => i % steps[axis] == 0).Select(i => (long)i)];
            x = x.IndexSelect(axis, Tensor.From(kept, [kept.Length]));
        }

        return x;
    }

    private static IEnumerable<string> Below(string pattern)
    {
        var top = Path.Combine(ParityCases.Root, Room);
        return Directory.Exists(top)
            ? Directory.EnumerateFiles(top, pattern, SearchOption.AllDirectories).Select(f => Path.GetRelativePath(ParityCases.Root, f).Replace('\\', '/')).Order(StringComparer.Ordinal)
            : [];
    }

    private static JsonObject ReadJson(string path) => JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
}
