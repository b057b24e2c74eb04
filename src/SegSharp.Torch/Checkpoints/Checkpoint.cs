using System.Numerics;
using System.Text;
using SegSharp.Foundation;

namespace SegSharp.Torch.Checkpoints;

/// <summary>
/// The content of a weights file: PyTorch's zip format, the format before PyTorch 1.6, or safetensors; told apart by content.
/// Nothing in the file is ever executed, whatever it claims to be.
/// </summary>
/// <remarks>Source: README.md in this folder names the specifications.</remarks>
public sealed class Checkpoint
{
    private const string WriterEntry = "segsharp/writer";
    private const int LongestPickle = 1 << 30;
    private const int LongestExtra = 64 << 20;

    private static readonly string[] UsualKeys =
        ["state_dict", "network_weights", "model_state_dict", "model_state", "model", "weights", "network", "net"];

    private readonly Dictionary<string, byte[]> _extras;

    private Checkpoint(string format, Inert content, IReadOnlyDictionary<string, TensorData> tensors, string? weightsAt, Dictionary<string, byte[]> extras)
    {
        Format = format;
        Content = content;
        Tensors = tensors;
        WeightsAt = weightsAt;
        _extras = extras;
    }

    /// <summary>"pytorch zip", "pytorch legacy" or "safetensors".</summary>
    public string Format { get; }

    /// <summary>The program and version that wrote the file, where the file says so; PyTorch does not.</summary>
    public string? WrittenBy => Entry(WriterEntry) is { } text ? Encoding.UTF8.GetString(text.Span) : null;

    /// <summary>The weights, name → tensor, in the file's order.</summary>
    public IReadOnlyDictionary<string, TensorData> Tensors { get; }

    /// <summary>The keys that lead to the weights, joined by "/"; empty when they lie at the top.</summary>
    public string? WeightsAt { get; }

    /// <summary>Everything in the file, as values. Tensors beyond the weights are read when asked for.</summary>
    public Inert Content { get; }

    /// <summary>The metadata of a safetensors file; empty for others.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; private init; } = new Dictionary<string, string>();

    /// <summary>Names of the archive's entries beyond weights and pickle, below its top folder: "version", "segsharp/recipe.json".</summary>
    public IReadOnlyCollection<string> Entries => _extras.Keys;

    /// <summary>The content of such an entry, or the metadata of that name in a safetensors file; null when there is none.</summary>
    public ReadOnlyMemory<byte>? Entry(string name) =>
        _extras.TryGetValue(name, out var content) ? content.AsMemory()
        : Metadata.TryGetValue(name, out var text) ? Encoding.UTF8.GetBytes(text).AsMemory()
        : default(ReadOnlyMemory<byte>?);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file; its name does not matter.</param>
    /// <param name="weightsAt">
    /// The key of the dictionary that holds the weights, "a/b" for one inside another, "" for the top;
    /// null looks at the top and under the usual keys (state_dict, network_weights, model_state_dict, model …).
    /// </param>
    /// <exception cref="InputException">
    /// Not such a file, damaged, no weights found, or its pickle names something outside the list of harmless classes.
    /// </exception>
    public static Checkpoint Read(string path, string? weightsAt = null)
    {
        using var source = ByteSource.Open(path);
        return Read(source, weightsAt);
    }

    internal static Checkpoint Read(ByteSource source, string? weightsAt = null)
    {
        var head = source.Read(0, (int)Math.Min(source.Length, 512));
        return FileKind.Of(source, head) switch
        {
            FileKind.Zip => ReadZip(source, weightsAt),
            FileKind.Pickle => ReadLegacy(source, weightsAt),
            FileKind.Safetensors => ReadSafetensors(source, weightsAt),
            _ => throw FileKind.Unknown(source, head),
        };
    }

    private static Checkpoint ReadZip(ByteSource source, string? weightsAt)
    {
        var zip = ZipDirectory.Read(source);
        var pickles = zip.Entries.Where(e => e.Name.EndsWith("/data.pkl") && e.Name.IndexOf('/') == e.Name.Length - 9).ToList();
        if (pickles is not [var pickle])
        {
            throw source.Bad(
                pickles.Count == 0 ? "it is a zip archive without data.pkl, so no PyTorch checkpoint" : "it is a zip archive with more than one data.pkl",
                "save the weights again with torch.save(model.state_dict(), path)");
        }

        var top = pickle.Name[..^8];
        if (zip.Find(top + "constants.pkl") is not null || zip.Entries.Exists(e => e.Name.StartsWith(top + "code/")))
        {
            throw source.Bad("it is a TorchScript model (it holds code), not a checkpoint", "save the weights: torch.save(torch.jit.load(path).state_dict(), out)");
        }

        var extras = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries.Where(e => e != pickle && e.Name.StartsWith(top) && !e.Name.StartsWith(top + "data/") && !e.Name.EndsWith('/')))
        {
            extras[entry.Name[top.Length..]] = zip.Content(entry, LongestExtra);
        }

        var order = extras.TryGetValue("byteorder", out var word) ? Encoding.ASCII.GetString(word) : "little";
        if (order is not ("little" or "big"))
        {
            throw source.Bad($"its byte order is '{order}'; little and big are known");
        }

        var bytes = ByteSource.From(zip.Content(pickle, LongestPickle), source.Name);
        var factory = new TensorFactory(source);
        var content = Unpickler.Read(source, new PickleInput(bytes, 0, bytes.Length), new ZipStorages(source, zip, top, order == "big"), factory);
        return Make("pytorch zip", source, factory, content, weightsAt, extras);
    }

    private static Checkpoint ReadLegacy(ByteSource source, string? weightsAt)
    {
        var input = new PickleInput(source, 0, source.Length);
        var none = new StorageMap.NoStorages(source);
        var tensors = new TensorFactory(source);
        if (Unpickler.Read(source, input, none, tensors) is not Inert.Integer magic || magic.Value != Magic)
        {
            throw source.Bad("it is a pickle, but not PyTorch's (its first value is not the magic number)", "save the weights with torch.save(model.state_dict(), path)");
        }

        if (Unpickler.Read(source, input, none, tensors) is not Inert.Integer protocol || protocol.Value != 1001)
        {
            throw source.Bad("its PyTorch protocol is not 1001", "save the weights again with a current PyTorch");
        }

        _ = Unpickler.Read(source, input, none, tensors);
        var storages = new LegacyStorages(source);
        var content = Unpickler.Read(source, input, storages, tensors);
        storages.Place(Unpickler.Read(source, input, none, tensors), input.Position);
        return Make("pytorch legacy", source, tensors, content, weightsAt, []);
    }

    private static readonly BigInteger Magic = BigInteger.Parse("1950a86a20f9469cfc6c", System.Globalization.NumberStyles.HexNumber);

    private static Checkpoint ReadSafetensors(ByteSource source, string? weightsAt)
    {
        var file = Safetensors.Read(source);
        var content = new Inert.Dictionary();
        foreach (var (name, data) in file.Tensors)
        {
            content.Set(new Inert.Text(name), new Inert.Tensor(data.DType, data.Shape, () => data));
        }

        return weightsAt is null or ""
            ? new Checkpoint("safetensors", content, file.Tensors, "", []) { Metadata = file.Metadata }
            : throw source.Bad($"a safetensors file has no key '{weightsAt}'", "leave the key out");
    }

    private static Checkpoint Make(string format, ByteSource source, TensorFactory factory, Inert content, string? weightsAt, Dictionary<string, byte[]> extras)
    {
        var (at, dictionary) = weightsAt is null ? Weights.Find(source, content) : (weightsAt, Weights.Choose(source, content, weightsAt));
        var tensors = new OrderedDictionary<string, TensorData>(StringComparer.Ordinal);
        factory.Hold();
        foreach (var (key, value) in dictionary.Entries)
        {
            if (key is Inert.Text name && value is Inert.Tensor tensor)
            {
                tensors[name.Value] = tensor.Read();
            }
        }

        factory.Release();
        return new Checkpoint(format, content, tensors, at, extras);
    }

    /// <summary>Where in the content the weights lie.</summary>
    private static class Weights
    {
        public static (string At, Inert.Dictionary Found) Find(ByteSource source, Inert content)
        {
            if (content is not Inert.Dictionary top)
            {
                throw source.Bad($"it holds a {content}, not a dictionary of weights", "save the weights with torch.save(model.state_dict(), path)");
            }

            var (at, here) = ("", top);
            for (var depth = 0; depth < 3; depth++)
            {
                var key = UsualKeys.FirstOrDefault(k => here.TryGet(k, out var v) && v is Inert.Dictionary d && (HasTensors(d) || UsualKeys.Any(u => d.TryGet(u, out var w) && w is Inert.Dictionary)));
                if (key is null)
                {
                    break;
                }

                _ = here.TryGet(key, out var next);
                (at, here) = (at.Length == 0 ? key : $"{at}/{key}", (Inert.Dictionary)next!);
            }

            if (HasTensors(here))
            {
                return (at, here);
            }

            var others = here.Entries.Where(e => e is { Key: Inert.Text, Value: Inert.Dictionary d } && HasTensors(d)).Select(e => ((Inert.Text)e.Key).Value).ToList();
            if (others is [var only])
            {
                _ = here.TryGet(only, out var found);
                return (at.Length == 0 ? only : $"{at}/{only}", (Inert.Dictionary)found!);
            }

            return others.Count == 0
                ? (at, here)
                : throw source.Bad($"it holds more than one set of weights: {string.Join(", ", others.Select(o => $"'{TensorFactory.Name(o)}'"))}", "choose one of them by its key");
        }

        public static Inert.Dictionary Choose(ByteSource source, Inert content, string at)
        {
            var here = content;
            var rest = at;
            while (rest.Length > 0)
            {
                if (here is not Inert.Dictionary inside)
                {
                    break;
                }

                if (inside.TryGet(rest, out var whole))
                {
                    (here, rest) = (whole, "");
                    break;
                }

                var slash = rest.IndexOf('/');
                if (slash < 0 || !inside.TryGet(rest[..slash], out var next))
                {
                    var keys = inside.Entries.Where(e => e is { Key: Inert.Text, Value: Inert.Dictionary }).Select(e => ((Inert.Text)e.Key).Value).Take(20).ToList();
                    throw source.Bad(
                        $"it has no key '{rest}'; dictionaries there: {(keys.Count == 0 ? "none" : string.Join(", ", Nearest.Sort(rest, keys)))}",
                        "choose one of them");
                }

                (here, rest) = (next, rest[(slash + 1)..]);
            }

            return here as Inert.Dictionary ?? throw source.Bad($"what lies at '{at}' is a {here}, not a dictionary of weights", "choose another key");
        }

        private static bool HasTensors(Inert.Dictionary dictionary) => dictionary.Entries.Any(e => e is { Key: Inert.Text, Value: Inert.Tensor });
    }
}
