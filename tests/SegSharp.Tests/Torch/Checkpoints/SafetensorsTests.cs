using SegSharp.Foundation;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.Tests.Torch.Checkpoints;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"segsharp-{Guid.NewGuid():N}.safetensors");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void What_is_written_is_read_back_bit_for_bit()
    {
        var tensors = SampleTensors.All(SampleTensors.TorchTypes.Where(t => t != DType.Complex128));
        Safetensors.Write(_path, tensors, new Dictionary<string, string> { ["format"] = "pt", ["ä\n\"q\""] = "漢字" });

        var (read, metadata) = Safetensors.Read(_path);
        SampleTensors.AssertSame(tensors, read, ordered: false);
        Assert.Equal("pt", metadata["format"]);
        Assert.Equal("漢字", metadata["ä\n\"q\""]);
        Assert.Equal("safetensors", Checkpoint.Read(_path).Format);
        Assert.Equal(metadata, Checkpoint.Read(_path).Metadata);
    }

    [Fact]
    public void The_format_is_told_by_content_not_by_name()
    {
        var path = Path.ChangeExtension(_path, ".pt");
        try
        {
            Safetensors.Write(path, SampleTensors.All([DType.Float32]));
            Assert.Equal("safetensors", Checkpoint.Read(path).Format);
            PyTorchWriter.Write(_path, SampleTensors.All([DType.Float32]));
            Assert.Throws<InputException>(() => Safetensors.Read(_path));
            Assert.Equal("pytorch zip", Checkpoint.Read(_path).Format);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Every_tensor_begins_at_a_multiple_of_its_element()
    {
        var tensors = SampleTensors.All([DType.UInt8, DType.Float64, DType.Int16]);
        Safetensors.Write(_path, tensors);
        var bytes = File.ReadAllBytes(_path);
        var header = BitConverter.ToInt64(bytes);
        Assert.Equal(0, header % 8);
        var json = System.Text.Json.JsonDocument.Parse(bytes.AsMemory(8, (int)header));
        Assert.All(tensors, t => Assert.Equal(0, json.RootElement.GetProperty(t.Name).GetProperty("data_offsets")[0].GetInt64() % t.Tensor.DType.Size()));
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F8_E4M3","shape":[0],"data_offsets":[0,0]}}""", "tensor 'w' has the element type 'F8_E4M3', which is not supported")]
    [InlineData("""{"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"more":1}}""", "tensor 'w' has an unexpected 'more'")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}""", "tensor 'w' has a shape or offsets that are not up to 64 whole numbers of 0 or more")]
    [InlineData("""{"w":7}""", "its header holds something else than an object under 'w'")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", null)]
    [InlineData("""{"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}x""", null)]
    public void What_the_format_does_not_allow_is_refused(string header, string? reason)
    {
        File.WriteAllBytes(_path, [.. BitConverter.GetBytes((long)header.Length), .. System.Text.Encoding.UTF8.GetBytes(header)]);
        var refused = Assert.Throws<InputException>(() => Checkpoint.Read(_path));
        if (reason is null)
        {
            Assert.StartsWith($"cannot read '{_path}': its header is not valid JSON: ", refused.Message);
        }
        else
        {
            Assert.Equal($"cannot read '{_path}': {reason}", refused.Message);
        }
    }

    [Fact]
    public void An_element_type_that_the_format_lacks_is_refused_by_name()
    {
        var refused = Assert.Throws<InputException>(() => Safetensors.Write(_path, [("w", new TensorData(DType.Complex128, [], new byte[16]))]));
        Assert.Equal($"cannot write '{_path}': safetensors has no element type for complex128 ('w')", refused.Message);
    }
}
