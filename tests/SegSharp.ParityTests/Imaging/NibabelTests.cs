using System.Diagnostics;
using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.ParityTests.Imaging;

/// <summary>nibabel itself, in the same minute: all types, orientations, oblique and sheared grids, scaling, units, 2D to 6D, both versions, both byte orders.</summary>
[Trait("Category", "Full")]
public sealed class NibabelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_one_writes_the_other_reads()
    {
        Python("make");
        var entries = JsonNode.Parse(File.ReadAllBytes(Path.Combine(_folder, "manifest.json")))!.AsArray();
        Assert.True(entries.Count > 500);
        foreach (var entry in entries)
        {
            var file = entry!["file"]!.GetValue<string>();
            var volume = Volume.Read(Path.Combine(_folder, file));

            Assert.Equal(entry["name"]!.GetValue<string>(), volume.Name);
            Assert.Equal(entry["shape"]!.AsArray().Select(n => n!.GetValue<int>()), (int[])[volume.Extent.Width, volume.Extent.Height, volume.Extent.Depth, volume.Channels]);
            var expected = File.ReadAllBytes(Path.Combine(_folder, volume.Name + ".bin"));
            var type = entry["dtype"]!.GetValue<string>();
            Assert.True(expected.AsSpan().SequenceEqual((type == "float64" ? volume.Convert(VoxelType.Float64) : volume).Bytes), $"{file}: the voxels differ");
            var affine = entry["affine"]!.AsArray();
            for (var row = 0; row < 3; row++)
            {
                Assert.All(volume.Geometry.ToWorld.Row(row).Zip(affine[row]!.AsArray()), pair =>
                    Assert.True(Math.Abs(pair.Second!.GetValue<double>() - pair.First) <= Math.Max(1e-6, 6e-8 * Math.Abs(pair.First)), $"{file}: {pair.First} is not {pair.Second}"));
            }

            Assert.Equal(entry["codes"]!.GetValue<string>(), volume.Geometry.Orientation.ToString());
            var written = Path.Combine(_folder, "written", file);
            volume.Write(written);
            var again = Volume.Read(written);
            Assert.Equal(volume.Bytes, again.Bytes);
            if (entry["version"]!.GetValue<int>() == 1)
            {
                Assert.Equal(volume.Geometry, again.Geometry);
            }
        }

        Assert.Equal($"{entries.Count}", Python("check").Trim());
    }

    // SEGSHARP_PYTHON, then the one on the path, then the system's, for which Debian packages nibabel.
    private string Python(string what)
    {
        var script = Path.Combine(Repository.Root, "tests", "SegSharp.ParityTests", "scripts", "nifti_peer.py");
        foreach (var python in ((string?[])[Environment.GetEnvironmentVariable("SEGSHARP_PYTHON"), "python3", "/usr/bin/python3"]).OfType<string>())
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(python, [script, what, _folder]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
                var errors = process.StandardError.ReadToEndAsync();
                var output = process.StandardOutput.ReadToEnd();
                process.WaitForExit();
                if (process.ExitCode != 0 && errors.Result.Contains("No module named", StringComparison.Ordinal))
                {
                    continue;
                }

                Assert.True(process.ExitCode == 0, errors.Result);
                return output;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // No such program: the next.
            }
        }

        Assert.Skip("no Python with nibabel (set SEGSHARP_PYTHON)");
        return "";
    }
}
