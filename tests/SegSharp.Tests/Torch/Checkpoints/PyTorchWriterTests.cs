using System.ComponentModel;
using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using SegSharp.Foundation;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.Tests.Torch.Checkpoints;

public sealed class PyTorchWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-checkpoints-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_written_is_read_back_bit_for_bit_in_order()
    {
        var path = Path.Combine(_folder, "weights.pt");
        var tensors = SampleTensors.All(SampleTensors.TorchTypes);
        PyTorchWriter.Write(path, tensors);

        var read = Checkpoint.Read(path);
        Assert.Equal("pytorch zip", read.Format);
        Assert.Equal("", read.WeightsAt);
        SampleTensors.AssertSame(tensors, read.Tensors, ordered: true);
    }

    [Fact]
    public void Sizes_and_names_beyond_the_short_forms_come_back()
    {
        var path = Path.Combine(_folder, "weights.pt");
        List<(string, TensorData)> tensors =
        [
            ("ä/\"q\" 漢字", new TensorData(DType.Float32, [70_000], new byte[280_000])),
            ("", new TensorData(DType.UInt8, [0, 1L << 40], ReadOnlyMemory<byte>.Empty)),
            (new string('n', 300), new TensorData(DType.UInt8, [300, 2], new byte[600])),
        ];
        PyTorchWriter.Write(path, tensors);
        SampleTensors.AssertSame(tensors, Checkpoint.Read(path).Tensors, ordered: true);
    }

    [Fact]
    public void One_weight_under_several_names_is_stored_once()
    {
        var path = Path.Combine(_folder, "weights.pt");
        var weight = new TensorData(DType.Float32, [2, 3], Enumerable.Range(0, 24).Select(i => (byte)i).ToArray());
        List<(string, TensorData)> tensors = [("a.conv", weight), ("a.0", weight), ("b", weight with { Bytes = weight.Bytes.ToArray() }), ("c", weight with { Shape = [6], DType = DType.Int32 }), ("d", weight)];

        PyTorchWriter.Write(path, tensors);

        using var zip = ZipFile.OpenRead(path);
        Assert.Equal(["archive/data/0", "archive/data/2", "archive/data/3", "archive/data/4"], zip.Entries.Select(e => e.FullName).Where(n => n.StartsWith("archive/data/", StringComparison.Ordinal)));
        SampleTensors.AssertSame(tensors, Checkpoint.Read(path).Tensors, ordered: true);
    }

    [Fact]
    public void Extra_entries_travel_with_the_weights()
    {
        var path = Path.Combine(_folder, "weights.pt");
        PyTorchWriter.Write(path, [], [("segsharp/recipe.json", "{}"u8.ToArray()), ("segsharp/writer", "SegSharp 9.9"u8.ToArray())]);

        var read = Checkpoint.Read(path);
        Assert.Empty(read.Tensors);
        Assert.Equal("{}", Encoding.UTF8.GetString(read.Entry("segsharp/recipe.json")!.Value.Span));
        Assert.Equal("SegSharp 9.9", read.WrittenBy);
        Assert.Equal(["byteorder", "version", "segsharp/recipe.json", "segsharp/writer"], read.Entries);
        Assert.Null(read.Entry("segsharp/other"));
    }

    [Fact]
    public void Equal_weights_give_equal_files()
    {
        var tensors = SampleTensors.All(SampleTensors.TorchTypes);
        PyTorchWriter.Write(Path.Combine(_folder, "a.pt"), tensors);
        PyTorchWriter.Write(Path.Combine(_folder, "b.pt"), tensors);
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "a.pt")), File.ReadAllBytes(Path.Combine(_folder, "b.pt")));
    }

    [Fact]
    public void Storages_are_stored_uncompressed_at_multiples_of_64_bytes_and_other_zip_readers_agree()
    {
        var path = Path.Combine(_folder, "weights.pt");
        var tensors = SampleTensors.All([DType.Float32, DType.UInt8]);
        PyTorchWriter.Write(path, tensors);

        using var source = ByteSource.Open(path);
        var ours = ZipDirectory.Read(source);
        Assert.All(ours.Entries, e =>
        {
            var head = source.Read(e.Header, 30);
            Assert.Equal(0, e.Method);
            Assert.Equal(0, (e.Header + 30 + BitConverter.ToUInt16(head, 26) + BitConverter.ToUInt16(head, 28)) % 64);
        });
        using var theirs = ZipFile.OpenRead(path);
        Assert.Equal(theirs.Entries.Select(e => (e.FullName, e.Length, e.Crc32)), ours.Entries.Select(e => (e.Name, e.Size, e.Crc)));
        for (var i = 0; i < tensors.Count; i++)
        {
            using var content = new MemoryStream();
            using var stream = theirs.GetEntry($"archive/data/{i}")!.Open();
            stream.CopyTo(content);
            Assert.Equal(tensors[i].Tensor.Bytes.ToArray(), content.ToArray());
        }
    }

    [Fact]
    public void Beyond_4_GiB_the_archive_turns_to_Zip64()
    {
        using var far = new FarStream(5L << 30);
        var tensors = SampleTensors.All([DType.Float32]);
        PyTorchWriter.Write(far, "far.pt", tensors, []);

        using var source = far.ToSource();
        var zip = ZipDirectory.Read(source);
        Assert.True(zip.Start > 5L << 30);
        Assert.All(zip.Entries, e => Assert.True(e.Header >= 5L << 30));
        Assert.Equal(tensors[3].Tensor.Bytes.ToArray(), zip.Content(zip.Find("archive/data/3")!, 1000));
    }

    [Fact]
    public void More_than_65535_tensors_need_Zip64_as_well()
    {
        using var stream = new MemoryStream();
        var one = new TensorData(DType.UInt8, [], new byte[] { 5 });
        PyTorchWriter.Write(stream, "many.pt", Enumerable.Range(0, 66_000).Select(i => ($"t{i}", one)), []);
        Assert.Equal(66_000, Checkpoint.Read(ByteSource.From(stream.ToArray(), "many.pt")).Tensors.Count);
    }

    [Fact]
    public void A_name_that_is_there_twice_leaves_nothing_behind()
    {
        var one = new TensorData(DType.UInt8, [], new byte[1]);
        Assert.Throws<ArgumentException>(() => PyTorchWriter.Write(Path.Combine(_folder, "weights.pt"), [("a", one), ("a", one)]));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_tensor_whose_bytes_do_not_fit_its_shape_is_refused() =>
        Assert.Throws<ArgumentException>(() => PyTorchWriter.Write(Path.Combine(_folder, "weights.pt"), [("a", new TensorData(DType.Int16, [3], new byte[5]))]));

    [Fact]
    public void An_element_type_without_storage_is_refused_by_name()
    {
        var path = Path.Combine(_folder, "weights.pt");
        var refused = Assert.Throws<InputException>(() => PyTorchWriter.Write(path, [("w", new TensorData(DType.Complex32, [], new byte[4]))]));
        Assert.Equal($"cannot write '{path}': PyTorch has no storage for complex32 ('w')", refused.Message);
        Assert.False(File.Exists(path));
    }

    [Fact]
    [Trait("Category", "Full")]
    public void PyTorch_opens_it_with_weights_only_and_finds_the_same_numbers()
    {
        var path = Path.Combine(_folder, "weights.pt");
        var tensors = SampleTensors.All(SampleTensors.TorchTypes);
        PyTorchWriter.Write(path, tensors, [("segsharp/recipe.json", "{}"u8.ToArray())]);
        const string Script = """
            import collections, sys, torch
            state = torch.load(sys.argv[1], weights_only=True)
            assert type(state) is collections.OrderedDict
            for name, t in state.items():
                raw = bytes(t.contiguous().storage().untyped()) if t.numel() else b''
                print(name, str(t.dtype)[6:], list(t.shape), raw.hex())
            """;
        var output = Python(Script, path);
        Assert.Equal(
            tensors.Select(t => $"{t.Name} {t.Tensor.DType.TorchName()} [{string.Join(", ", t.Tensor.Shape)}] {Convert.ToHexString(t.Tensor.Bytes.Span).ToLowerInvariant()}"),
            output.TrimEnd('\n').Split('\n'));
    }

    // SEGSHARP_PYTHON, then the one on the path, then the system's, for which Debian packages PyTorch.
    private static string Python(string script, string argument)
    {
        string?[] candidates = [Environment.GetEnvironmentVariable("SEGSHARP_PYTHON"), "python3", "/usr/bin/python3"];
        foreach (var python in candidates.OfType<string>())
        {
            var (code, output, errors) = Run(python, script, argument);
            if (code != 0 && (code < 0 || errors.Contains("No module named 'torch'")))
            {
                continue;
            }

            Assert.True(code == 0, errors);
            return output;
        }

        Assert.Skip("no Python with PyTorch (set SEGSHARP_PYTHON)");
        return "";
    }

    private static (int Code, string Output, string Errors) Run(string python, string script, string argument)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", script, argument]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            var errors = new StringBuilder();
            process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
            process.BeginErrorReadLine();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, errors.ToString());
        }
        catch (Win32Exception)
        {
            return (-1, "", "");
        }
    }

    /// <summary>A stream that begins far behind its start, so that large offsets cost nothing.</summary>
    private sealed class FarStream(long start) : MemoryStream
    {
        public override long Position
        {
            get => base.Position + start;
            set => base.Position = value - start;
        }

        public ByteSource ToSource() => new FarSource(start, ToArray());

        private sealed class FarSource(long start, byte[] bytes) : ByteSource("far.pt", start + bytes.Length)
        {
            // Zeros lie before the start.
            protected override void ReadCore(long position, Span<byte> into)
            {
                into.Clear();
                var skip = (int)Math.Clamp(start - position, 0, into.Length);
                bytes.AsSpan((int)(Math.Max(position, start) - start), into.Length - skip).CopyTo(into[skip..]);
            }
        }
    }
}
