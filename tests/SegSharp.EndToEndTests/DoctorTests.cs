using Xunit;

namespace SegSharp.EndToEndTests;

public sealed class DoctorTests
{
    [Fact]
    public void Says_what_libtorch_it_runs_on()
    {
        var result = CliRunner.Run("doctor", "--json");

        Assert.Equal(0, result.ExitCode);
        Assert.True((bool)result.Json["isWell"]!);
        Assert.Matches(@"^\d+\.\d+", (string)result.Json["libtorch"]!["libtorch"]!);
        Assert.Equal("cpu", (string)result.Json["devices"]![0]!);
        Assert.InRange((int)result.Json["cores"]!, 1, 4096);
        Assert.InRange((long)result.Json["memoryBytes"]!, 1L << 28, 1L << 50);
    }

    [Fact]
    public void Without_the_bridge_it_still_runs_and_says_what_to_do()
    {
        var nowhere = new Dictionary<string, string?>(StringComparer.Ordinal) { ["SEGSHARP_BRIDGE"] = "/nowhere/libsegsharp_torch.so" };

        var result = CliRunner.Run(nowhere, "doctor", "--json");

        Assert.Equal(1, result.ExitCode);
        Assert.False((bool)result.Json["isWell"]!);
        Assert.Null(result.Json["libtorch"]);
        var part = result.Json["parts"]![0]!;
        Assert.False((bool)part["isThere"]!);
        Assert.Equal("the libtorch bridge '/nowhere/libsegsharp_torch.so' was not found", (string)part["found"]!);
        Assert.Equal("./segsharp build, or set SEGSHARP_BRIDGE to the library", (string)part["fix"]!);
    }

    [Fact]
    public void Names_the_decoder_of_compressed_DICOM_with_its_version()
    {
        var result = CliRunner.Run("doctor", "--json");

        var part = result.Json["parts"]!.AsArray().Single(p => (string)p!["part"]! == "segsharp-dicom (compressed DICOM)")!;
        Assert.True((bool)part["isThere"]!, $"{part}");
        Assert.Matches(@"^segsharp-dicom \d+ \(GDCM \d+\.\d+", (string)part["found"]!);
    }

    [Fact]
    public void Without_the_decoder_of_compressed_DICOM_it_says_what_to_do()
    {
        var result = CliRunner.Run(new Dictionary<string, string?>(StringComparer.Ordinal) { ["SEGSHARP_DICOM"] = "/nowhere/segsharp-dicom" }, "doctor", "--json");

        Assert.Equal(1, result.ExitCode);
        var part = result.Json["parts"]!.AsArray().Single(p => !(bool)p!["isThere"]!)!;
        Assert.Equal("segsharp-dicom (compressed DICOM)", (string)part["part"]!);
        Assert.Equal("'/nowhere/segsharp-dicom', which SEGSHARP_DICOM names, is not there", (string)part["found"]!);
        Assert.Equal("take SEGSHARP_DICOM away, or set it to the program", (string)part["fix"]!);
    }
}
