namespace SegSharp.Cli.Terminal;

/// <summary>Colour for a terminal, and none where it would be noise: redirected streams, <c>NO_COLOR</c>, <c>TERM=dumb</c>.</summary>
/// <param name="isOn">Whether escape codes are written.</param>
internal sealed class Ink(bool isOn)
{
    /// <summary>The ink for a stream of this process.</summary>
    public static Ink For(bool isRedirected) => new(
        !isRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"));

    public string Bold(string text) => Wrap("1", text);

    public string Dim(string text) => Wrap("2", text);

    public string Red(string text) => Wrap("31", text);

    public string Green(string text) => Wrap("32", text);

    public string Yellow(string text) => Wrap("33", text);

    private string Wrap(string code, string text) => isOn ? $"\e[{code}m{text}\e[0m" : text;
}
