using System.Text;
using SegSharp.Cli.Terminal;

namespace SegSharp.Tests.Cli.Terminal;

/// <summary>Streams that keep what was written.</summary>
internal sealed class FakeStreams
{
    private readonly StringBuilder _out = new();
    private readonly StringBuilder _error = new();

    public FakeStreams(bool errorIsTerminal = false) => Streams = new(
        new StringWriter(_out) { NewLine = "\n" }, new StringWriter(_error) { NewLine = "\n" }, new Ink(isOn: false), new Ink(isOn: false), errorIsTerminal);

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public Streams Streams { get; }
}
