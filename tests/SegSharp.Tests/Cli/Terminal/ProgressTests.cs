using SegSharp.Cli.Terminal;
using SegSharp.Foundation;
using Xunit;

namespace SegSharp.Tests.Cli.Terminal;

public sealed class ProgressTests
{
    private readonly HandClock _clock = new();

    [Fact]
    public void Elsewhere_than_on_a_terminal_a_plain_line_comes_every_ten_seconds()
    {
        var fake = new FakeStreams();
        var progress = new Progress(fake.Streams, _clock, showsBar: true, showsRemarks: true, verbose: false);

        for (var i = 0; i <= 25; i++)
        {
            progress.On(new Progressed("predict", i, 100));
            _clock.Advance(seconds: 1);
        }

        Assert.Equal("predict: 10/100, 1/s, 1m 30s left\npredict: 20/100, 1/s, 1m 20s left\n", fake.Error);
    }

    [Fact]
    public void On_a_terminal_the_bar_comes_after_a_second_and_goes_without_a_trace()
    {
        var fake = new FakeStreams(errorIsTerminal: true);
        var progress = new Progress(fake.Streams, _clock, showsBar: true, showsRemarks: true, verbose: false);

        progress.On(new Progressed("train", 0, 4));
        _clock.Advance(seconds: 0.5);
        progress.On(new Progressed("train", 1, 4));
        Assert.Equal("", fake.Error);

        _clock.Advance(seconds: 0.5);
        progress.On(new Progressed("train", 2, 4, "loss 0.5"));
        Assert.Equal("\r\e[K████████████░░░░░░░░░░░░ train: 2/4, 2/s, 1s left, loss 0.5", fake.Error);

        progress.Clear();
        Assert.EndsWith("\r\e[K", fake.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_remark_takes_the_bar_away_first()
    {
        var fake = new FakeStreams(errorIsTerminal: true);
        var progress = new Progress(fake.Streams, _clock, showsBar: true, showsRemarks: true, verbose: false);
        progress.On(new Progressed("train", 0, 4));
        _clock.Advance(seconds: 2);
        progress.On(new Progressed("train", 2, 4));

        progress.On(new Warned("the masks are empty"));

        Assert.EndsWith("\r\e[Kwarning: the masks are empty\n", fake.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Quiet_still_warns()
    {
        var fake = new FakeStreams();
        var progress = new Progress(fake.Streams, _clock, showsBar: false, showsRemarks: false, verbose: false);

        progress.On(new Progressed("train", 0, 4));
        _clock.Advance(seconds: 60);
        progress.On(new Progressed("train", 2, 4));
        progress.On(new Noted("saved"));
        progress.On(new Warned("the masks are empty"));

        Assert.Equal("warning: the masks are empty\n", fake.Error);
    }

    [Theory]
    [InlineData(9.9, "9s")]
    [InlineData(125, "2m 05s")]
    [InlineData(4800, "1h 20m")]
    [InlineData(360000, "100h 00m")]
    public void Durations_are_short(double seconds, string text) => Assert.Equal(text, Progress.Duration(seconds));

    private sealed class HandClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1000;

        public void Advance(double seconds) => _now += (long)(seconds * 1000);

        public override long GetTimestamp() => _now;
    }
}
