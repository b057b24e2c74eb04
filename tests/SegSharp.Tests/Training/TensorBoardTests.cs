using System.Text;
using SegSharp.Foundation;
using SegSharp.Training;
using Xunit;

namespace SegSharp.Tests.Training;

public sealed class TensorBoardTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tensorboard").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_checksum_is_Castagnolis()
    {
        Assert.Equal(0xE3069283u, TensorBoardRecord.Crc32C("123456789"u8));
    }

    [Fact]
    public void The_first_record_is_byte_for_byte_as_TensorFlow_writes_it()
    {
        string path;
        using (var writer = new TensorBoardWriter(_folder, new Clock(0)))
        {
            path = writer.Path;
        }

        // Length 24, its checksum, wall_time 0, file_version "brain.Event:2", checksum: computed with Python's crc32c.
        Assert.Equal(
            "1800000000000000" + "A37F4B22" + "090000000000000000" + "1A0D" + Convert.ToHexString("brain.Event:2"u8) + "EEDF28A3",
            Convert.ToHexString(File.ReadAllBytes(path)));
    }

    [Fact]
    public void What_is_written_is_read()
    {
        byte[] png = [.. Enumerable.Range(0, 300).Select(i => (byte)i)];
        string path;
        using (var writer = new TensorBoardWriter(_folder, new Clock(1_700_000_000.25)))
        {
            path = writer.Path;
            writer.Scalar("loss/train", 1, 0.5);
            writer.Scalar("Überlappung", 300, double.NaN);
            writer.Image("validation/case", 7, 640, 480, png);
            writer.Text("recipe", 8, "*größer*");
        }

        var events = TensorBoardReader.Read(path);

        Assert.Equal([("loss/train", 1L, 0.5f), ("Überlappung", 300L, float.NaN), ("validation/case", 7L, (float?)null), ("recipe", 8L, null)], events.Select(e => (e.Tag, e.Step, e.Scalar)));
        Assert.Equal((640, 480), (events[2].Image!.Width, events[2].Image!.Height));
        Assert.Equal(png, events[2].Image!.Png);
        Assert.Equal("*größer*", events[3].Text);
        Assert.All(events, e => Assert.Equal(1_700_000_000_250, e.WallTime.ToUnixTimeMilliseconds()));
    }

    [Fact]
    public void A_cut_or_damaged_tail_costs_only_the_tail()
    {
        string path;
        using (var writer = new TensorBoardWriter(_folder, new Clock(0)))
        {
            path = writer.Path;
            writer.Scalar("a", 1, 1);
            writer.Scalar("a", 2, 2);
        }

        var whole = File.ReadAllBytes(path);
        for (var length = whole.Length - 1; length > whole.Length - 30; length--)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Equal(1f, Assert.Single(TensorBoardReader.Read(path)).Scalar);
        }

        whole[^8] ^= 1;
        File.WriteAllBytes(path, whole);
        Assert.Equal(1f, Assert.Single(TensorBoardReader.Read(path)).Scalar);
    }

    [Fact]
    public void Another_file_is_refused()
    {
        var path = Path.Combine(_folder, "notes.txt");
        File.WriteAllText(path, "these are not events but notes");

        var error = Assert.Throws<InputException>(() => TensorBoardReader.Read(path));

        Assert.Equal($"'{path}' is not a TensorBoard file: its first record is cut off or has a wrong checksum", error.Message);
    }

    [Fact]
    public void A_second_start_writes_a_second_file_beside_the_first()
    {
        using var first = new TensorBoardWriter(_folder, new Clock(5));
        using var second = new TensorBoardWriter(_folder, new Clock(5));

        Assert.NotEqual(first.Path, second.Path);
        Assert.StartsWith(Path.Combine(_folder, "events.out.tfevents.5."), second.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_flushed_can_be_read_while_the_run_goes_on()
    {
        using var writer = new TensorBoardWriter(_folder);
        writer.Scalar("dice", 3, 0.75);

        writer.Flush();

        Assert.Equal(0.75f, Assert.Single(TensorBoardReader.Read(writer.Path)).Scalar);
    }

    [Fact]
    public void Foreign_fields_are_passed_over()
    {
        // Event: wall_time, an unknown field 9 of text, a summary with a value of an unknown kind and one simple value.
        byte[] value = [0x0A, 1, (byte)'x', 0x15, 0, 0, 0x80, 0x3F];
        byte[] unknown = [0x0A, 1, (byte)'y', 0x42, 2, 1, 2];
        byte[] record =
        [
            0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x4A, 3, .. Encoding.ASCII.GetBytes("odd"),
            0x2A, (byte)(value.Length + unknown.Length + 4), 0x0A, (byte)unknown.Length, .. unknown, 0x0A, (byte)value.Length, .. value,
        ];
        var path = Path.Combine(_folder, "foreign");
        File.WriteAllBytes(path, TensorBoardRecord.Frame(record));

        var single = Assert.Single(TensorBoardReader.Read(path));

        Assert.Equal(("x", 1f), (single.Tag, single.Scalar!.Value));
    }

    private sealed class Clock(double seconds) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddSeconds(seconds);
    }
}
