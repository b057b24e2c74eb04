using System.Diagnostics;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Video;
using SegSharp.Tests.Data;
using Xunit;

namespace SegSharp.Tests.Imaging.Video;

public sealed class VideoTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_of_pictures_is_a_film_in_the_order_of_its_names()
    {
        foreach (var (name, level) in new[] { ("f10.png", 30), ("f2.png", 20), ("f1.png", 10) })
        {
            Grey(6, 4, (byte)level).Write(_folder.Path("frames", name));
        }

        var film = VideoSource.Open(_folder.Path("frames"), 5);
        var frames = film.Frames(TestContext.Current.CancellationToken).ToList();

        Assert.Equal((3, 5), (film.Expected, film.FramesPerSecond));
        Assert.Equal(["f1", "f2", "f10"], frames.Select(f => f.Name));
        Assert.Equal([0, 0.2, 0.4], frames.Select(f => f.Seconds));
        Assert.All(frames, f => Assert.Equal(3, f.Image.Channels));
        Assert.Equal([10, 20, 30], frames.Select(f => (int)f.Image.Voxels<byte>()[^1]));
    }

    [Fact]
    public void Pictures_of_another_size_are_named()
    {
        Grey(6, 4, 1).Write(_folder.Path("frames", "a.png"));
        Grey(6, 5, 1).Write(_folder.Path("frames", "b.png"));

        var e = Assert.Throws<InputException>(() => VideoSource.Open(_folder.Path("frames"), 5).Frames(default).Count());

        Assert.Equal($"'{_folder.Path("frames", "b.png")}' is 6x5 with 1 channel(s), but the film began with '{_folder.Path("frames", "a.png")}', 6x4", e.Message);
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(4, 4)]
    [InlineData(100, 30)]
    public void Frames_are_chosen_by_their_time_and_never_twice(double wanted, double expected)
    {
        var path = Film("-film with spaces.mp4", frames: 30, framesPerSecond: 30);

        var film = VideoSource.Open(path, wanted);
        var frames = film.Frames(TestContext.Current.CancellationToken).ToList();

        Assert.Equal(expected, film.FramesPerSecond, 1e-9);
        Assert.Equal((int)expected, frames.Count);
        Assert.All(frames, f => Assert.Equal(f.Seconds * 240, f.Image.Voxels<byte>()[0], 11.0));          // the film grows brighter by 240 in its second
        Assert.Null(film.Complaint);
    }

    [Fact]
    public void What_is_no_video_is_refused()
    {
        RequireFfmpeg();
        File.WriteAllText(_folder.Path("text.mp4"), "this is no video");
        File.WriteAllBytes(_folder.Path("short.mp4"), File.ReadAllBytes(Film("whole.mp4", 30, 30))[..500]);

        var text = Assert.Throws<InputException>(() => VideoSource.Open(_folder.Path("text.mp4"), 10));
        Assert.Throws<InputException>(() => VideoSource.Open(_folder.Path("short.mp4"), 10));

        Assert.StartsWith($"'{_folder.Path("text.mp4")}' is no video that ffmpeg can read: ", text.Message, StringComparison.Ordinal);
        Assert.Equal($"video '{_folder.Path("none.mp4")}' is not there", Assert.Throws<InputException>(() => VideoSource.Open(_folder.Path("none.mp4"), 10)).Message);
    }

    [Fact]
    public void A_film_that_is_not_finished_leaves_nothing()
    {
        RequireFfmpeg();
        var path = _folder.Path("out.mp4");
        using (var writer = new VideoWriter(path, 10))
        {
            writer.Add("a", new byte[3 * 16 * 16], 16, 16);
        }

        Assert.False(File.Exists(path));
        Assert.Equal($"a film cannot be written as '.avi' ('x.avi'); known: .mp4, .gif, or a folder for pictures", Assert.Throws<UsageException>(() => new VideoWriter("x.avi", 10)).Message);
    }

    private string Film(string name, int frames, double framesPerSecond)
    {
        RequireFfmpeg();
        var path = _folder.Path(name);
        using var writer = new VideoWriter(path, framesPerSecond);
        for (var i = 0; i < frames; i++)
        {
            var page = new byte[3 * 32 * 32];
            Array.Fill(page, (byte)(i * 240 / frames));
            writer.Add($"{i}", page, 32, 32);
        }

        writer.Finish();
        return path;
    }

    private static void RequireFfmpeg()
    {
        try
        {
            using var child = Process.Start(new ProcessStartInfo("ffmpeg", "-version") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true });
            child!.StandardOutput.ReadToEnd();
            child.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("ffmpeg is not installed");
        }
    }

    private static Volume Grey(int width, int height, byte level) =>
        Volume.Of<byte>("grey", Geometry.Pixels(new Extent(width, height)), 1, [.. Enumerable.Repeat(level, width * height)]);
}
