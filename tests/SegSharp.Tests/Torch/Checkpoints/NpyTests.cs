using System.Text;
using SegSharp.Foundation;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.Tests.Torch.Checkpoints;

public sealed class NpyTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"segsharp-{Guid.NewGuid():N}.npy");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void What_is_written_is_read_back_bit_for_bit()
    {
        foreach (var (name, tensor) in SampleTensors.All(SampleTensors.TorchTypes.Where(t => t != DType.BFloat16)))
        {
            Npy.Write(_path, tensor);
            SampleTensors.AssertSame([(name, tensor)], new Dictionary<string, TensorData> { [name] = Npy.Read(_path) }, ordered: true);
            Assert.Equal(0, (new FileInfo(_path).Length - tensor.Bytes.Length) % 64);
        }
    }

    [Fact]
    public void The_header_is_what_NumPy_itself_writes()
    {
        // numpy.save of numpy.zeros((2, 3), numpy.float32), NumPy 1.24
        Npy.Write(_path, new TensorData(DType.Float32, [2, 3], new byte[24]));
        var expected = "\u0093NUMPY\u0001\u0000v\u0000{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".PadRight(127) + "\n";
        Assert.Equal(expected, Encoding.Latin1.GetString(File.ReadAllBytes(_path), 0, 128));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Versions_1_to_3_are_read(byte version)
    {
        File.WriteAllBytes(_path, File_("{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }", [1, 0, 2, 0], version));
        var read = Npy.Read(_path);
        Assert.Equal(DType.Int16, read.DType);
        Assert.Equal([2L], read.Shape);
        Assert.Equal([1, 0, 2, 0], read.Bytes.ToArray());
    }

    [Fact]
    public void Fortran_order_becomes_row_major()
    {
        File.WriteAllBytes(_path, File_("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", [1, 4, 2, 5, 3, 6]));
        Assert.Equal([1, 2, 3, 4, 5, 6], Npy.Read(_path).Bytes.ToArray());
    }

    [Theory]
    [InlineData(">i4", new byte[] { 0, 0, 1, 2 }, DType.Int32, new byte[] { 2, 1, 0, 0 })]
    [InlineData(">c8", new byte[] { 0, 0, 1, 2, 3, 4, 5, 6 }, DType.Complex64, new byte[] { 2, 1, 0, 0, 6, 5, 4, 3 })]
    [InlineData("<u2", new byte[] { 255, 255 }, DType.Int32, new byte[] { 255, 255, 0, 0 })]
    [InlineData(">u2", new byte[] { 255, 254 }, DType.Int32, new byte[] { 254, 255, 0, 0 })]
    [InlineData("<u4", new byte[] { 255, 255, 255, 255 }, DType.Int64, new byte[] { 255, 255, 255, 255, 0, 0, 0, 0 })]
    [InlineData("<u8", new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 }, DType.Int64, new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData("|b1", new byte[] { 1 }, DType.Bool, new byte[] { 1 })]
    [InlineData("?", new byte[] { 0 }, DType.Bool, new byte[] { 0 })]
    public void Byte_order_is_turned_and_unsigned_types_are_widened(string descr, byte[] stored, DType dtype, byte[] expected)
    {
        File.WriteAllBytes(_path, File_($"{{'descr': '{descr}', 'fortran_order': False, 'shape': (), }}", stored));
        var read = Npy.Read(_path);
        Assert.Equal(dtype, read.DType);
        Assert.Empty(read.Shape);
        Assert.Equal(expected, read.Bytes.ToArray());
    }

    [Theory]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "it holds Python objects (a pickle), which could execute code; refused")]
    [InlineData("{'descr': '<U3', 'fortran_order': False, 'shape': (1,), }", "element type '<U3' is not one of bool, integer, float or complex numbers")]
    [InlineData("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,), }", "it holds records (a structured element type)")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "shape (2) of '<f4' needs 8 bytes; 4 follow the header")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4611686018427387904), }", "shape (4611686018427387904, 4611686018427387904) has more elements than 64 bits can count")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "its header is not {'descr': …, 'fortran_order': …, 'shape': …} (at character 51)")]
    [InlineData("{'descr': '<f4', 'fortran_order': __import__('os'), 'shape': (1,), }", "its header is not {'descr': …, 'fortran_order': …, 'shape': …} (at character 34)")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}", "its header is not {'descr': …, 'fortran_order': …, 'shape': …} (at character 64)")]
    [InlineData("{'descr': '<f4', 'fortran_order': False}", "its header is not {'descr': …, 'fortran_order': …, 'shape': …} (at character 40)")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } + 1", "its header is not {'descr': …, 'fortran_order': …, 'shape': …} (at character 57)")]
    public void A_hostile_header_is_refused(string header, string reason)
    {
        File.WriteAllBytes(_path, File_(header, [0, 0, 0, 0]));
        Assert.Equal($"cannot read '{_path}': {reason}", Assert.Throws<InputException>(() => Npy.Read(_path)).Message);
    }

    [Fact]
    public void What_is_no_such_file_is_refused()
    {
        File.WriteAllText(_path, "hello, this is text");
        Assert.Equal($"cannot read '{_path}': it is not a .npy file (it does not start with \\x93NUMPY)", Assert.Throws<InputException>(() => Npy.Read(_path)).Message);
        File.WriteAllBytes(_path, []);
        Assert.Equal($"cannot read '{_path}': it is not a .npy file (it does not start with \\x93NUMPY)", Assert.Throws<InputException>(() => Npy.Read(_path)).Message);
        File.WriteAllBytes(_path, File_("", [], 4));
        Assert.Equal($"cannot read '{_path}': .npy version 4.0 is unknown; 1.0, 2.0 and 3.0 can be read", Assert.Throws<InputException>(() => Npy.Read(_path)).Message);
        File.WriteAllBytes(_path, [0x93, .. "NUMPY"u8, 2, 0, 255, 255, 255, 255]);
        Assert.Equal($"cannot read '{_path}': its header claims 4294967295 bytes; the file has 0 left, and 1048576 is the limit", Assert.Throws<InputException>(() => Npy.Read(_path)).Message);
        File.Delete(_path);
        Assert.Equal($"cannot read '{_path}': there is no such file", Assert.Throws<InputException>(() => Npy.Read(_path)).Message);
    }

    [Fact]
    public void A_uint64_that_does_not_fit_is_refused_not_wrapped()
    {
        File.WriteAllBytes(_path, File_("{'descr': '<u8', 'fortran_order': False, 'shape': (), }", [255, 255, 255, 255, 255, 255, 255, 255]));
        Assert.Equal($"cannot read '{_path}': the uint64 value 18446744073709551615 does not fit int64", Assert.Throws<InputException>(() => Npy.Read(_path)).Message);
    }

    [Fact]
    public void A_type_that_NumPy_lacks_is_refused_by_name() => Assert.Equal(
        $"cannot write '{_path}': NumPy has no element type for bfloat16",
        Assert.Throws<InputException>(() => Npy.Write(_path, new TensorData(DType.BFloat16, [1], new byte[2]))).Message);

    private static byte[] File_(string header, byte[] data, byte version = 1) =>
        [0x93, .. "NUMPY"u8, version, 0, .. version == 1 ? BitConverter.GetBytes((ushort)header.Length) : BitConverter.GetBytes(header.Length), .. Encoding.Latin1.GetBytes(header), .. data];
}
