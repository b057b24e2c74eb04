using System.Text;
using SegSharp.Foundation;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.Tests.Torch.Checkpoints;

public sealed class CheckpointTests
{
    private const string Tensor = "ctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0006tQK\0K\u0006\u0085K\u0001\u0085\u0089}tR";

    [Theory]
    [InlineData("evil_posix_system.pt", "its pickle names 'posix.system', which would execute code; refused", "do not trust this file; ask its author for the weights as .safetensors")]
    [InlineData("evil_builtins_exec_protocol4.pt", "its pickle names 'builtins.exec', which would execute code; refused", "do not trust this file; ask its author for the weights as .safetensors")]
    [InlineData("evil_inst_opcode.pt", "its pickle names 'posix.system', which would execute code; refused", "do not trust this file; ask its author for the weights as .safetensors")]
    [InlineData("evil_dotted_global.pt", "its pickle names 'os.system', which would execute code; refused", "do not trust this file; ask its author for the weights as .safetensors")]
    [InlineData("evil_plain_pickle.pkl", "its pickle names 'posix.system', which would execute code; refused", "do not trust this file; ask its author for the weights as .safetensors")]
    [InlineData("evil_legacy_in_header.pth", "its pickle names 'posix.system', which would execute code; refused", "do not trust this file; ask its author for the weights as .safetensors")]
    [InlineData("evil_extension_code.pt", "pickle opcode EXT1 at byte 2 does not occur in checkpoints; refused", "save the weights again with torch.save(model.state_dict(), path)")]
    [InlineData("whole_module.pth", "its pickle holds an object of the Python class 'torch.nn.modules.linear.Linear' (a whole model, not its weights); refused", "save the weights alone: torch.save(model.state_dict(), path)")]
    [InlineData("deep_nesting.pt", "its values are nested more than 500 deep; refused", "save the weights alone: torch.save(model.state_dict(), path)")]
    [InlineData("crc_mismatch.pt", "entry 'archive/data/0' is damaged: its CRC-32 is 18352c6d, the directory says 3424a8b9", "copy or download the file again")]
    [InlineData("empty_file.pt", "the file is empty", "copy or download the file again")]
    [InlineData("html_page.pth", "it is a web page, not a checkpoint", "download the file itself, not the page that shows it")]
    [InlineData("text_file.pth", "it is a Git LFS pointer, not the file itself", "run 'git lfs pull' where it was cloned")]
    [InlineData("truncated_60_percent.pt", "it starts as a zip archive but has no directory at its end: the file is cut off", "copy or download the file again")]
    [InlineData("missing_storage_record.pt", "storage '1' is missing from the archive", "copy or download the file again")]
    [InlineData("stride_outside_storage.pt", "tensor [2, 3] with strides [4, 1] and offset 0 reaches outside its storage '0' of 6 elements", null)]
    [InlineData("legacy_wrong_magic.pth", "it is a pickle, but not PyTorch's (its first value is not the magic number)", "save the weights with torch.save(model.state_dict(), path)")]
    public void A_refusal_names_what_was_found_and_what_to_do(string file, string reason, string? fix)
    {
        var path = ParityCases.Require("32-checkpoints", file);
        var refused = Assert.Throws<InputException>(() => Checkpoint.Read(path));
        Assert.Equal($"cannot read '{path}': {reason}", refused.Message);
        Assert.Equal(fix, refused.Fix);
    }

    [Theory]
    [InlineData("torch._utils", "os.system")]
    [InlineData("torch._utils", "_rebuild_tensor_v2.__globals__")]
    [InlineData("torch", "_utils._rebuild_tensor_v2")]
    [InlineData("collections", "OrderedDict.fromkeys")]
    public void A_name_that_reaches_through_an_allowed_one_is_refused(string module, string name) => Assert.Equal(
        $"cannot read 'made.pt': its pickle names '{module}.{name}', which would execute code; refused",
        Assert.Throws<InputException>(() => Checkpoint.Read(Zip($"\u0080\u0004\u008c{(char)module.Length}{module}\u008c{(char)name.Length}{name}\u0093."))).Message);

    [Fact]
    public void Weights_are_found_under_the_usual_keys_and_by_a_given_one()
    {
        var file = Zip($"\u0080\u0002}}(X\u0001\0\0\0a}}X\u0001\0\0\0w{Tensor}sX\u0001\0\0\0b}}X\u0001\0\0\0v{Tensor}su.");
        var refused = Assert.Throws<InputException>(() => Checkpoint.Read(file));
        Assert.Equal("cannot read 'made.pt': it holds more than one set of weights: 'a', 'b'", refused.Message);
        Assert.Equal(["v"], Checkpoint.Read(file, "b").Tensors.Keys);
        Assert.Empty(Checkpoint.Read(file, "").Tensors);
        refused = Assert.Throws<InputException>(() => Checkpoint.Read(file, "c"));
        Assert.Equal("cannot read 'made.pt': it has no key 'c'; dictionaries there: a, b", refused.Message);
        refused = Assert.Throws<InputException>(() => Checkpoint.Read(file, "b/v"));
        Assert.Equal("cannot read 'made.pt': what lies at 'b/v' is a float32 [6], not a dictionary of weights", refused.Message);

        var nested = Zip($"\u0080\u0002}}X\u0005\0\0\0model}}X\u000a\0\0\0state_dict}}X\u0001\0\0\0w{Tensor}sss.");
        Assert.Equal("model/state_dict", Checkpoint.Read(nested).WeightsAt);
        Assert.Equal(["w"], Checkpoint.Read(nested, "model/state_dict").Tensors.Keys);
    }

    [Fact]
    public void A_tensor_alone_is_no_state_dict() => Assert.Equal(
        "cannot read 'made.pt': it holds a float32 [6], not a dictionary of weights",
        Assert.Throws<InputException>(() => Checkpoint.Read(Zip($"\u0080\u0002{Tensor}."))).Message);

    [Fact]
    public void Values_beside_the_weights_are_kept_as_data()
    {
        var path = ParityCases.Require("32-checkpoints", "odd_but_harmless_objects.pth");
        var content = (Inert.Dictionary)Checkpoint.Read(path).Content;
        Inert At(string key) => content.TryGet(key, out var value) ? value : throw new KeyNotFoundException(key);

        Assert.Equal("1208925819614629174706176", At("big").ToString());
        Assert.Equal("-1180591620717411303424", At("neg").ToString());
        Assert.Equal("torch.float16", Assert.IsType<Inert.Global>(At("dtype")).Name);
        Assert.Equal("pathlib.PurePosixPath", Assert.IsType<Inert.Object>(At("path")).Name);
        Assert.Equal(["nnUNet_results", "Dataset901_Tiny3D"], Assert.IsType<Inert.Object>(At("path")).Arguments.Items.Select(i => i.ToString()));
        Assert.Equal("builtins.set", Assert.IsType<Inert.Object>(At("set")).Name);
        Assert.Equal([2L, 3L], Assert.IsType<Inert.Tuple>(At("size")).Items.Select(i => (long)((Inert.Integer)i).Value));
        Assert.Equal(new byte[] { 0, 255 }, Assert.IsType<Inert.Bytes>(At("bytes")).Value.ToArray());
        Assert.Equal("numpy.ndarray", ((Inert.Global)Assert.IsType<Inert.Object>(At("arr")).Arguments.Items[0]).Name);
        Assert.True(Assert.IsType<Inert.Bool>(At("ok")).Value);
    }

    [Fact]
    public void Tensors_that_share_a_storage_share_its_memory()
    {
        var read = Checkpoint.Read(ParityCases.Require("32-checkpoints", "views_shared_storage.pt")).Tensors;
        Assert.True(read["whole"].Bytes.Span[24..48].Overlaps(read["row_1"].Bytes.Span));
        Assert.False(read["whole"].Bytes.Span.Overlaps(read["transposed"].Bytes.Span));
    }

    [Theory]
    [InlineData("list", "]q\0(", "", "e0", "cbuiltins\nlist\nh\0\u0085R")]
    [InlineData("size", "]q\0(", "", "e0", "ctorch\nSize\nh\0\u0085R")]
    [InlineData("dictionary", "]q\0(", "", "e0", "ccollections\nOrderedDict\nh\0\u0085R")]
    public void Copies_of_one_large_value_are_limited(string kind, string begin, string before, string end, string copy)
    {
        var item = kind == "dictionary" ? "NN\u0086" : "N";
        var pickle = $"\u0080\u0002{begin}{before}{string.Concat(Enumerable.Repeat(item, 100_000))}{end}{string.Concat(Enumerable.Repeat(copy, 10_000))}.";
        var before0 = GC.GetAllocatedBytesForCurrentThread();
        var refused = Assert.Throws<InputException>(() => Checkpoint.Read(Zip(pickle)));
        Assert.StartsWith("cannot read 'made.pt': broken pickle: it copies its values over and over (at byte ", refused.Message);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before0 < 256 << 20);
    }

    [Fact]
    public void A_view_that_repeats_one_element_without_end_is_refused() => Assert.Equal(
        "cannot read 'made.pt': tensor [1073741824] with strides [0] and offset 0: its views would take more than 67110560 bytes from a file of 424; refused",
        Assert.Throws<InputException>(() => Checkpoint.Read(Zip($"\u0080\u0002}}X\u0001\0\0\0w{Tensor.Replace("K\u0006\u0085K\u0001", "J\0\0\0@\u0085K\0")}s."))).Message);

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Equal("cannot read 'no/such.pt': there is no such file", Assert.Throws<InputException>(() => Checkpoint.Read("no/such.pt")).Message);

    [Fact]
    public void A_prefix_is_stripped_only_when_every_name_has_it()
    {
        var one = new TensorData(DType.UInt8, [], new byte[1]);
        Assert.Equal(["a", "b"], StateDict.StripPrefix(new Dictionary<string, TensorData> { ["module.a"] = one, ["module.b"] = one }).Keys);
        Assert.Equal(["module.a", "b"], StateDict.StripPrefix(new Dictionary<string, TensorData> { ["module.a"] = one, ["b"] = one }).Keys);
    }

    [Fact]
    public void The_checksum_is_the_one_of_zip()
    {
        Assert.Equal(0xCBF43926u, Crc32.Append(0, "123456789"u8));
        Assert.Equal(0xCBF43926u, Crc32.Append(Crc32.Append(0, "1234"u8), "56789"u8));
    }

    // Each character of the text is one byte of the pickle.
    private static ByteSource Zip(string pickle)
    {
        using var stream = new MemoryStream();
        var zip = new ZipWriter(stream);
        zip.Add("archive/data.pkl", Encoding.Latin1.GetBytes(pickle));
        zip.Add("archive/data/0", new byte[24]);
        zip.Finish();
        return ByteSource.From(stream.ToArray(), "made.pt");
    }
}
