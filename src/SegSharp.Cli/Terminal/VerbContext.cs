using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using SegSharp.Foundation;

namespace SegSharp.Cli.Terminal;

/// <summary>What a verb's body needs from the terminal: the common options, a way to show results, a listener for events.</summary>
internal sealed class VerbContext
{
    private JsonNode? _document;

    public VerbContext(ParseResult args, Streams streams, CancellationToken cancel)
    {
        Args = args;
        Streams = streams;
        Cancel = cancel;
        Json = args.GetValue(CommonOptions.Json);
        Quiet = args.GetValue(CommonOptions.Quiet);
        Verbose = args.GetValue(CommonOptions.Verbose);
        Progress = new Progress(streams, TimeProvider.System, showsBar: !Quiet && !Json, showsRemarks: !Quiet, Verbose);
    }

    public ParseResult Args { get; }

    public Streams Streams { get; }

    /// <summary>Cancelled by Ctrl-C or SIGTERM: save the state and throw <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancel { get; }

    public bool Json { get; }

    public bool Quiet { get; }

    public bool Verbose { get; }

    public bool Overwrite => Args.GetValue(CommonOptions.Overwrite);

    /// <summary>Threads to compute with: as asked for, else the cores this process may use.</summary>
    public int Threads => Args.GetValue(CommonOptions.Threads) ?? Environment.ProcessorCount;

    /// <summary><c>cpu</c>, <c>cuda</c>, <c>cuda:N</c> or <c>auto</c>.</summary>
    public string Device => Args.GetValue(CommonOptions.Device)!;

    public long Seed => Args.GetValue(CommonOptions.Seed);

    /// <summary>The bar, the plain lines and the remarks.</summary>
    public Progress Progress { get; }

    /// <summary>The listener to hand to a library.</summary>
    public Action<RunEvent> On => Progress.On;

    /// <summary>Prints a table as text, or as the one JSON document <c>{"rows": [...]}</c>.</summary>
    public void Show(Table table) => Show(new Document().With("rows", table));

    /// <summary>Prints a document as text, or as the one JSON document.</summary>
    public void Show(Document document)
    {
        if (!Json)
        {
            Progress.Clear();
            document.WriteText(Streams.Out, Streams.OutInk);
            return;
        }

        // Kept until the verb ends, so that an error after it can still be the only document.
        _document = _document is null
            ? document.ToJson()
            : throw new UnreachableException("a verb shows one document; put further tables into the same one");
    }

    /// <summary>A remark on standard error; nothing with <c>--quiet</c>.</summary>
    public void Say(string text) => On(new Noted(text));

    /// <summary>Ends the bar and prints the JSON document, when there is one.</summary>
    public void Finish()
    {
        Progress.Clear();
        if (Json)
        {
            JsonText.Write(_document ?? new JsonObject(), Streams.Out);
        }

        Streams.Out.Flush();
    }
}
