using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.ParityTests.Imaging;

/// <summary>nibabel 5.0.0: voxels to the last bit, the affine to 1e-6, orientation letters, and what must be refused.</summary>
public sealed class NiftiParityTests : IDisposable
{
    private const string Room = "28-nifti";

    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-").FullName;

    public static TheoryData<string> Good => [.. Expected().Where(e => e.Value!["error"] is null).Select(e => e.Key)];

    public static TheoryData<string> Bad =>
        Directory.Exists(Path.Combine(ParityCases.Root, Room))
            ? [.. Directory.EnumerateFiles(Path.Combine(ParityCases.Root, Room), "bad_*").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)]
            : [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Good))]
    public void Voxels_and_place_are_nibabels(string name)
    {
        var expected = Expected()[name]!;

        var volume = Volume.Read(ParityCases.Require(Room, name));

        Assert.Equal([.. expected["shape"]!.AsArray().Select(n => n!.GetValue<int>()).Concat([1, 1, 1]).Take(3)], (int[])[volume.Extent.Width, volume.Extent.Height, volume.Extent.Depth]);
        // nibabel leaves lengths in the file's unit.
        var unit = expected["xyzt_units"]?[0]!.GetValue<string>() switch { "micron" => 1e-3, "meter" => 1e3, _ => 1 };
        var affine = expected["affine_ras"]!.AsArray();
        for (var row = 0; row < 3; row++)
        {
            Assert.All(volume.Geometry.ToWorld.Row(row).Zip(affine[row]!.AsArray()), pair => Assert.Equal(pair.Second!.GetValue<double>() * unit, pair.First, 1e-6));
        }

        Assert.Equal(expected["orientation_codes"]!.GetValue<string>(), volume.Geometry.Orientation.ToString());
        Assert.Equal(Voxels(name), Exactly(volume));
        if (expected["expected_array_dtype"]?.GetValue<string>() is { } type && type != "float64")
        {
            // Where nibabel makes float64 of whole numbers that are scaled by whole numbers, they stay whole here.
            Assert.Equal(type, volume.VoxelType.Text());
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Good))]
    public void Written_and_read_again_the_grid_is_the_same_bit_by_bit(string name)
    {
        var volume = Volume.Read(ParityCases.Require(Room, name));
        foreach (var ending in (string[])[".nii", ".nii.gz"])
        {
            var path = Path.Combine(_folder, "again" + ending);

            volume.Write(path);
            var again = Volume.Read(path);

            Assert.Equal(volume.Bytes, again.Bytes);
            Assert.Equal(volume.Describe(), again.Describe());
            if (!name.Contains("nifti2", StringComparison.Ordinal))
            {
                Assert.Equal(volume.Geometry, again.Geometry);
            }

            Assert.NotEqual(GridMatch.Different, volume.Geometry.Match(again.Geometry));
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Bad))]
    public void A_damaged_file_is_refused_by_name(string name)
    {
        var path = ParityCases.Require(Room, name);

        var e = Assert.Throws<InputException>(() => Volume.Read(path));

        Assert.StartsWith($"'{path}' ", e.Message);
        Assert.NotNull(e.Fix);
    }

    private static JsonObject Expected()
    {
        var file = Path.Combine(ParityCases.Root, Room, "expected.json");
        return File.Exists(file) ? JsonNode.Parse(File.ReadAllBytes(file))!.AsObject() : [];
    }

    // As [C, D, H, W]: nibabel's axes run the other way; complex numbers lie in two files, RGB has its parts last.
    private static decimal[] Voxels(string name)
    {
        var stem = name.EndsWith(".gz", StringComparison.Ordinal) ? name[..^3] : name;
        stem = stem.EndsWith(".nii", StringComparison.Ordinal) ? stem[..^4] : stem;
        var real = Path.Combine(ParityCases.Root, Room, "expected", stem + "_re.npy");
        if (File.Exists(real))
        {
            return [.. Flat(real), .. Flat(real.Replace("_re.npy", "_im.npy", StringComparison.Ordinal))];
        }

        return Flat(ParityCases.Require(Room, "expected", stem + ".npy"));
    }

    // The first axis fastest.
    private static decimal[] Flat(string file)
    {
        var array = Npy.Read(file);
        var shape = array.Shape.Select(n => (int)n).ToArray();
        var bytes = array.Bytes.ToArray();
        var values = array.DType switch
        {
            DType.UInt8 => Exactly<byte>(bytes),
            DType.Int8 => Exactly<sbyte>(bytes),
            DType.Int16 => Exactly<short>(bytes),
            DType.Int32 => Exactly<int>(bytes),
            DType.Int64 => Exactly<long>(bytes),
            DType.Float32 => Exactly<float>(bytes),
            _ => Exactly<double>(bytes),
        };
        var strides = new int[shape.Length];
        for (int i = shape.Length - 1, s = 1; i >= 0; s *= shape[i], i--)
        {
            strides[i] = s;
        }

        var result = new decimal[values.Length];
        var index = new int[shape.Length];
        for (var n = 0; n < result.Length; n++)
        {
            result[n] = values[index.Zip(strides, (i, s) => i * s).Sum()];
            for (var axis = 0; axis < shape.Length && ++index[axis] == shape[axis]; axis++)
            {
                index[axis] = 0;
            }
        }

        return result;
    }

    private static decimal[] Exactly(Volume volume) => volume.VoxelType switch
    {
        VoxelType.UInt8 => Exactly<byte>(volume.Bytes),
        VoxelType.Int8 => Exactly<sbyte>(volume.Bytes),
        VoxelType.UInt16 => Exactly<ushort>(volume.Bytes),
        VoxelType.Int16 => Exactly<short>(volume.Bytes),
        VoxelType.UInt32 => Exactly<uint>(volume.Bytes),
        VoxelType.Int32 => Exactly<int>(volume.Bytes),
        VoxelType.UInt64 => Exactly<ulong>(volume.Bytes),
        VoxelType.Int64 => Exactly<long>(volume.Bytes),
        VoxelType.Float32 => Exactly<float>(volume.Bytes),
        _ => Exactly<double>(volume.Bytes),
    };

    // One kind of number for all types that loses no digit of a whole one; floats are taken by their bits.
    private static decimal[] Exactly<T>(byte[] bytes)
        where T : unmanaged, INumber<T> =>
        [.. MemoryMarshal.Cast<byte, T>(bytes).ToArray().Select(v => T.IsInteger(v) && double.CreateTruncating(v) is > -1e19 and < 1e20 ? decimal.CreateChecked(v) : BitConverter.DoubleToInt64Bits(double.CreateChecked(v)) + 0.5m)];
}
