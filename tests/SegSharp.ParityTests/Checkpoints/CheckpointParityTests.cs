using System.Diagnostics;
using System.Text.Json;
using SegSharp.Foundation;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.ParityTests.Checkpoints;

public sealed class CheckpointParityTests
{
    private const string Folder = "32-checkpoints";

    public static TheoryData<string> Files()
    {
        var rows = new TheoryData<string>();
        foreach (var folder in ParityCases.Folders(Folder))
        {
            foreach (var entry in Cases(folder))
            {
                rows.Add($"{folder}/{entry.GetProperty("file").GetString()}");
            }
        }

        return rows;
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Files))]
    public void Every_file_is_read_or_refused_as_the_case_says(string file)
    {
        var path = ParityCases.Require(file);
        var entry = Cases(Path.GetDirectoryName(file)!).Single(e => e.GetProperty("file").GetString() == Path.GetFileName(file));
        var acceptable = entry.TryGetProperty("acceptable", out var list)
            ? [.. list.EnumerateArray().Select(a => a.GetString()!)]
            : new[] { entry.GetProperty("expect").GetString()! };

        var watch = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Checkpoint? read = null;
        InputException? refused = null;
        try
        {
            read = Checkpoint.Read(path);
        }
        catch (InputException e)
        {
            refused = e;
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"took {watch.Elapsed}");
        Assert.True(allocated < (16 << 20) + (100 * new FileInfo(path).Length), $"allocated {allocated} bytes");
        AssertNothingRan();
        if (read is null)
        {
            Assert.Contains("refuse", acceptable);
            Assert.StartsWith($"cannot read '{path}': ", refused!.Message);
            return;
        }

        Assert.Contains("values", acceptable);
        if (entry.TryGetProperty("tensors", out var tensors))
        {
            var at = entry.TryGetProperty("weights_at", out var key) ? key.GetString()! : "";
            Assert.Equal(at, read.WeightsAt);
            AssertTensors(tensors, read.Tensors, at.Length == 0 ? "" : at + "/");
            AssertTensors(tensors, Checkpoint.Read(path, at).Tensors, at.Length == 0 ? "" : at + "/");
        }

        if (entry.TryGetProperty("scalars", out var scalars))
        {
            foreach (var scalar in scalars.EnumerateObject())
            {
                Assert.True(((Inert.Dictionary)read.Content).TryGet(scalar.Name, out var value), scalar.Name);
                var number = value switch { Inert.Integer i => (double)i.Value, Inert.Float f => f.Value, _ => throw new InvalidOperationException($"{scalar.Name} is {value}") };
                Assert.Equal(scalar.Value.GetDouble(), number);
            }
        }

        if (entry.TryGetProperty("names_after_stripping", out var names))
        {
            Assert.Equal(names.EnumerateArray().Select(n => n.GetString()), StateDict.StripPrefix(read.Tensors).Keys);
        }

        if (entry.TryGetProperty("metadata", out var metadata))
        {
            Assert.Equal(metadata.EnumerateObject().ToDictionary(m => m.Name, m => m.Value.GetString()!), read.Metadata);
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Checkpoints))]
    public void Every_checkpoint_below_the_parity_root_opens(string file)
    {
        var read = Checkpoint.Read(ParityCases.Require(file));
        Assert.NotEmpty(read.Tensors);
        Assert.All(read.Tensors, t => Assert.Equal(t.Value.Count * t.Value.DType.Size(), t.Value.Bytes.Length));
    }

    [Fact]
    public void A_torchscript_model_is_told_from_a_checkpoint()
    {
        var path = ParityCases.Require("31-torchscript", "small3d_traced.pt");
        var refused = Assert.Throws<InputException>(() => Checkpoint.Read(path));
        Assert.Equal($"cannot read '{path}': it is a TorchScript model (it holds code), not a checkpoint", refused.Message);
    }

    [Fact]
    public void Every_public_checkpoint_opens()
    {
        var root = RealData.Require("unet-checkpoints");
        var files = Directory.EnumerateFiles(RealData.Root, "*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) is ".pt" or ".pth" or ".safetensors").ToList();
        Assert.NotEmpty(files);
        Assert.Contains(files, f => f.StartsWith(root));
        Assert.All(files, f => Assert.NotEmpty(Checkpoint.Read(f).Tensors));
    }

    public static TheoryData<string> Checkpoints() => Directory.Exists(ParityCases.Root)
        ? [.. Directory.EnumerateFiles(ParityCases.Root, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".pt" or ".pth")
            .Select(f => Path.GetRelativePath(ParityCases.Root, f))
            .Where(f => !f.StartsWith(Folder) && f != Path.Combine("31-torchscript", "small3d_traced.pt"))
            .Order(StringComparer.Ordinal)]
        : [];

    private static List<JsonElement> Cases(string folder) =>
        [.. JsonDocument.Parse(File.ReadAllBytes(Path.Combine(ParityCases.Root, folder, "case.json"))).RootElement.GetProperty("cases").EnumerateArray()];

    private static void AssertNothingRan() => Assert.All(
        [Environment.CurrentDirectory, AppContext.BaseDirectory, Path.Combine(ParityCases.Root, Folder)],
        folder => Assert.False(File.Exists(Path.Combine(folder, "PWNED")), $"PWNED in {folder}: a checkpoint was executed"));

    private static void AssertTensors(JsonElement expected, IReadOnlyDictionary<string, TensorData> actual, string prefix)
    {
        Assert.Equal(expected.EnumerateObject().Select(t => t.Name).Order(StringComparer.Ordinal), actual.Keys.Select(k => prefix + k).Order(StringComparer.Ordinal));
        foreach (var tensor in expected.EnumerateObject())
        {
            var found = actual[tensor.Name[prefix.Length..]];
            Assert.Equal(tensor.Value.GetProperty("dtype").GetString(), found.DType.TorchName());
            Assert.Equal(tensor.Value.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64()), found.Shape);
            var bytes = tensor.Value.GetProperty("values").EnumerateArray().SelectMany(v => Bytes(found.DType, v)).ToArray();
            AssertBits(found.DType, bytes, found.Bytes.ToArray(), tensor.Name);
        }
    }

    // Bit for bit, except that a NaN equals every NaN.
    private static void AssertBits(DType dtype, byte[] expected, byte[] actual, string name)
    {
        Assert.Equal(expected.Length, actual.Length);
        if (dtype != DType.Float16)
        {
            Assert.True(expected.AsSpan().SequenceEqual(actual), $"{name}: {Convert.ToHexString(expected)} expected, {Convert.ToHexString(actual)} found");
            return;
        }

        for (var i = 0; i < expected.Length; i += 2)
        {
            var (e, a) = (BitConverter.ToHalf(expected, i), BitConverter.ToHalf(actual, i));
            Assert.True((Half.IsNaN(e) && Half.IsNaN(a)) || BitConverter.HalfToUInt16Bits(e) == BitConverter.HalfToUInt16Bits(a), name);
        }
    }

    private static byte[] Bytes(DType dtype, JsonElement v)
    {
        switch (dtype)
        {
            case DType.Bool:
                return [v.GetBoolean() ? (byte)1 : (byte)0];
            case DType.UInt8 or DType.Int8 or DType.Int16 or DType.Int32 or DType.Int64:
                return BitConverter.GetBytes(v.GetInt64())[..dtype.Size()];
            case DType.Complex64:
                return [.. Bytes(DType.Float32, v[0]), .. Bytes(DType.Float32, v[1])];
        }

        var number = v.ValueKind == JsonValueKind.String
            ? v.GetString() switch { "NaN" => double.NaN, "Infinity" => double.PositiveInfinity, "-Infinity" => double.NegativeInfinity, var s => throw new InvalidOperationException(s) }
            : v.GetDouble();
        return dtype switch
        {
            DType.Float64 => BitConverter.GetBytes(number),
            DType.Float32 => BitConverter.GetBytes((float)number),
            DType.Float16 => BitConverter.GetBytes((Half)number),
            DType.BFloat16 => BitConverter.GetBytes((float)number)[2..],
            _ => throw new InvalidOperationException(dtype.ToString()),
        };
    }
}
