using System.Text.Json.Nodes;
using SegSharp.Cli.Terminal;
using SegSharp.Foundation;
using Xunit;

namespace SegSharp.Tests.Cli.Terminal;

public sealed class FailureTests
{
    public static TheoryData<Exception, int, string> Errors => new()
    {
        { new SegSharpException("the disk is full", "free some space"), 1, "error: the disk is full\nfix: free some space\n" },
        { new UsageException("unknown loss 'x'"), 2, "error: unknown loss 'x'\n" },
        { new InputException("'a.png' is cut off"), 3, "error: 'a.png' is cut off\n" },
        { new FileNotFoundException("no", "a.png"), 3, "error: there is no file 'a.png'\n" },
        { new OperationCanceledException(), 130, "error: stopped\n" },
        { new StoppedException("segsharp train --resume out/run goes on", new OperationCanceledException()), 130, "error: stopped\nfix: segsharp train --resume out/run goes on\n" },
        { new InsufficientMemoryException(), 1, "error: out of memory\nfix: close other programs, or ask for smaller patches or batches\n" },
        { new TypeInitializationException("T", new SegSharpException("no libtorch", "build")), 1, "error: no libtorch\nfix: build\n" },
        { new AggregateException(new InputException("bad")), 3, "error: bad\n" },
        {
            new InvalidOperationException("Odd\nthing."), 1,
            "error: Odd thing (InvalidOperationException, which SegSharp did not expect)\nfix: run again with --verbose and report the stack trace\n"
        },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public void An_error_is_one_sentence_a_fix_and_an_exit_code(Exception error, int code, string text)
    {
        var fake = new FakeStreams();

        Assert.Equal(code, Failure.Report(error, fake.Streams, json: false, verbose: false));

        Assert.Equal(text, fake.Error);
        Assert.Equal("", fake.Out);
    }

    [Fact]
    public void Only_verbose_shows_the_stack()
    {
        var fake = new FakeStreams();

        Failure.Report(new InputException("bad"), fake.Streams, json: false, verbose: true);

        Assert.Contains("SegSharp.Foundation.InputException: bad", fake.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void With_json_the_error_is_the_document()
    {
        var fake = new FakeStreams();

        Failure.Report(new InputException("'ü.png' is cut off", "copy it again"), fake.Streams, json: true, verbose: false);

        Assert.Equal("""{"error":"'ü.png' is cut off","fix":"copy it again","exitCode":3}""", Compact(fake.Out));
        Assert.Equal("error: 'ü.png' is cut off\nfix: copy it again\n", fake.Error);
    }

    private static string Compact(string json) =>
        JsonNode.Parse(json)!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
