using System.Text.Json.Nodes;
using SegSharp.Foundation;
using SegSharp.Networks.Originals;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp.Networks;

/// <summary>
/// Holds our networks against their originals: a case is a folder with the original's constructor arguments, weights, inputs,
/// outputs and gradients, as its own program computed them.
/// </summary>
/// <remarks>The form of a case: see <c>docs/reference/network-cases.md</c>.</remarks>
public static class Verification
{
    /// <summary>Every case among these paths, in their order: folders with a <c>case.json</c>, folders of such folders however deep, <c>*-keys.json</c>.</summary>
    /// <exception cref="InputException">A path does not exist.</exception>
    public static IEnumerable<CaseReport> Check(IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            if (File.Exists(Path.Combine(path, "case.json")))
            {
                yield return CheckCase(path);
            }
            else if (Directory.Exists(path))
            {
                var below = Directory.EnumerateFileSystemEntries(path).Where(p => IsKeyList(p) || HoldsCases(p)).Order(StringComparer.Ordinal).ToList();
                foreach (var report in Check(below))
                {
                    yield return report;
                }

                if (below.Count == 0)
                {
                    yield return Ignore(path, "no case.json in it");
                }
            }
            else if (!File.Exists(path))
            {
                throw new InputException($"there is no '{path}'", "give folders that hold a case.json");
            }
            else
            {
                yield return IsKeyList(path) ? CheckKeys(path) : Ignore(path, "not a case");
            }
        }
    }

    /// <summary>One folder with a <c>case.json</c>.</summary>
    /// <exception cref="InputException">The case itself cannot be read.</exception>
    public static CaseReport CheckCase(string folder)
    {
        var file = Path.Combine(folder, "case.json");
        var json = JsonInput.Parse(File.ReadAllText(file), file);
        var name = NameOf(json);
        if (OriginalTable.Find(name) is not { } original)
        {
            return Unknown(folder, name);
        }

        if (File.Exists(Path.Combine(folder, json["weights"]?.GetValue<string>() ?? "weights.pt")) is false)
        {
            return new(folder, name.ToString(), CaseOutcome.Failed, [], $"its weights '{json["weights"] ?? "weights.pt"}' are missing");
        }

        using var scope = new TensorScope();
        try
        {
            var comparisons = SamCase.Is(json) ? Prompted(folder, json, name) : Compared(folder, json, original, name);
            return comparisons.Exists(c => c.Passed is not null)
                ? new(folder, name.ToString(), comparisons.TrueForAll(c => c.Passed != false) ? CaseOutcome.Passed : CaseOutcome.Failed, comparisons)
                : new(folder, name.ToString(), CaseOutcome.Failed, comparisons, "nothing was compared: none of the files that it names is there");
        }
        catch (Exception e) when (e is SegSharpException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            return new(folder, name.ToString(), CaseOutcome.Failed, [], e.Message);
        }
    }

    /// <summary>A list of names and shapes at the original's full width: the network is built and compared, without running it.</summary>
    public static CaseReport CheckKeys(string file)
    {
        var json = JsonInput.Parse(File.ReadAllText(file), file);
        var name = NameOf(json);
        if (OriginalTable.Find(name) is not { } original)
        {
            return Unknown(file, name);
        }

        // Some lists name every weight once where the original writes it several times.
        var once = KeysOf(json, "keys") is null;
        if ((KeysOf(json, "keys") ?? KeysOf(json, "unique_parameter_names")) is not { } keys)
        {
            return Ignore(file, "no list of keys in it");
        }

        using var scope = new TensorScope();
        try
        {
            using var skip = Initialise.Skip();
            using var network = original.Build(new(name, json["constructor"] as JsonObject, keys));
            var all = network.Module.State().SelectMany(s => network.Names.AllTheirs(s.Name).Select(name => (Name: name, s.Tensor.Shape))).ToDictionary(s => s.Name, s => s.Shape, StringComparer.Ordinal);
            var ours = once ? network.Module.NamedParameters().ToDictionary(s => network.Names.Theirs(s.Name), s => s.Tensor.Shape, StringComparer.Ordinal) : all;
            var wrong = keys.Keys.Union(ours.Keys, StringComparer.Ordinal)
                .Select(key => (Key: key, Theirs: Words(keys.GetValueOrDefault(key)), Ours: Words(ours.GetValueOrDefault(key))))
                .Where(k => k.Theirs != k.Ours).ToList();
            var comparisons = new List<Comparison>
            {
                wrong.Count == 0
                    ? new($"{keys.Count} names and shapes", 0, "exact", 0)
                    : Comparison.Fail($"{keys.Count} names and shapes", $"{wrong.Count} differ, first '{wrong[0].Key}': {wrong[0].Ours} here, {wrong[0].Theirs} there"),
            };
            if (json["parameters"]?.GetValue<long>() is { } parameters)
            {
                comparisons.Add(Comparison.Of("parameters", network.Module.ParameterCount, parameters, 0.5, 0) with { Tolerance = "exact" });
            }

            if (json["keys_total"]?.GetValue<long>() is { } total)
            {
                comparisons.Add(Comparison.Of("names in all", all.Count, total, 0.5, 0) with { Tolerance = "exact" });
            }

            if (json["output_size_for_input_size"] is JsonObject sizes && network.Module is Network net)
            {
                comparisons.AddRange(sizes.Select(s => CompareSize(net, long.Parse(s.Key), s.Value?.GetValue<long>())));
            }

            return new(file, name.ToString(), comparisons.TrueForAll(c => c.Passed == true) ? CaseOutcome.Passed : CaseOutcome.Failed, comparisons);
        }
        catch (SegSharpException e)
        {
            return new(file, name.ToString(), CaseOutcome.Failed, [], e.Message);
        }

        static string Words(long[]? shape) => shape is null ? "none" : $"[{string.Join(',', shape)}]";
    }

    private static List<Comparison> Compared(string folder, JsonObject json, Original original, OriginalName name)
    {
        using var run = new CaseRun(folder, json, original, name);
        return [.. run.Compare()];
    }

    private static List<Comparison> Prompted(string folder, JsonObject json, OriginalName name)
    {
        using var network = SamCase.Load(folder, json, name);
        return new SamCase(folder, json, network).Compare();
    }

    /// <summary>What outputs are weighted with for the gradient: c[i] = ((37 i + 11) mod 101) / 50 − 1, i row-major.</summary>
    internal static Tensor Cotangent(long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0L; i < values.Length; i++)
        {
            values[i] = ((((37 * i) + 11) % 101) / 50f) - 1;
        }

        return Tensor.From(values, shape);
    }

    private static Comparison CompareSize(Network network, long input, long? output)
    {
        long? ours;
        try
        {
            ours = network.OutputSides([input, input])[0];
        }
        catch (InputException)
        {
            ours = null;
        }

        var what = $"output side for {input}";
        return ours == output ? new(what, 0, "exact", 0) : Comparison.Fail(what, $"{ours?.ToString() ?? "refused"} here, {output?.ToString() ?? "refused"} there");
    }

    private static OriginalName NameOf(JsonObject json) => json["original"] switch
    {
        JsonObject o => new(o["repository"]?.ToString() ?? "", o["class"]?.ToString() ?? "", json["block"]?.ToString()),
        JsonValue v => new(v.ToString(), "", json["block"]?.ToString()),
        _ => new("", "", json["block"]?.ToString()),
    };

    private static Dictionary<string, long[]>? KeysOf(JsonObject json, string list) => (json[list] as JsonArray)?
        .OfType<JsonArray>().ToDictionary(k => k[0]!.GetValue<string>(), k => k[1]!.AsArray().Select(s => s!.GetValue<long>()).ToArray(), StringComparer.Ordinal);

    private static bool HoldsCases(string path) =>
        Directory.Exists(path) && Directory.EnumerateFiles(path, "*.json", SearchOption.AllDirectories).Any(f => IsKeyList(f) || Path.GetFileName(f) == "case.json");

    private static bool IsKeyList(string path) => path.EndsWith("-keys.json", StringComparison.Ordinal);

    private static CaseReport Ignore(string path, string why) => new(path, "", CaseOutcome.Ignored, [], why);

    private static CaseReport Unknown(string path, OriginalName name) => new(
        path, name.ToString(), CaseOutcome.Unknown, [],
        $"no network here stands in for '{name}'; known: {string.Join("; ", OriginalTable.All.Select(o => o.Title))}");

    /// <summary>One case at work.</summary>
    private sealed class CaseRun : IDisposable
    {
        private readonly string _folder;
        private readonly JsonObject _json;
        private readonly OriginalNetwork _network;
        private readonly IReadOnlyDictionary<string, TensorData> _weights;
        private readonly Dictionary<string, Tensor> _inputs;
        private readonly double _absolute, _relative;

        public CaseRun(string folder, JsonObject json, Original original, OriginalName name)
        {
            _folder = folder;
            _json = json;
            _absolute = json["tolerance"]?["atol"]?.GetValue<double>() ?? 1e-5;
            _relative = json["tolerance"]?["rtol"]?.GetValue<double>() ?? 1e-4;
            var weights = Checkpoint.Read(At(json["weights"]?.GetValue<string>() ?? "weights.pt")).Tensors;
            _network = original.Build(new(name, json["constructor"] as JsonObject, weights.ToDictionary(w => w.Key, w => w.Value.Shape, StringComparer.Ordinal)));
            _weights = _network.Names.Read(weights, At("weights.pt"));
            _inputs = (json["inputs"] as JsonObject ?? throw new InputException($"'{At("case.json")}' lists no inputs"))
                .ToDictionary(i => i.Key, i => Tensor.From(Npy.Read(At(i.Value!["file"]!.GetValue<string>()))), StringComparer.Ordinal);
        }

        public void Dispose() => _network.Dispose();

        public IEnumerable<Comparison> Compare() => [.. Evaluation(), .. Training()];

        private IEnumerable<Comparison> Evaluation()
        {
            using var scope = new TensorScope();
            Prepare(training: false);
            foreach (var input in _inputs.Values.Where(i => i.DType is DType.Float32 or DType.Float64))
            {
                input.RequiresGrad = true;
            }

            var outputs = _network.Run(_inputs);
            foreach (var comparison in Outputs("eval", "outputs_eval", outputs))
            {
                yield return comparison;
            }

            foreach (var comparison in Inside())
            {
                yield return comparison;
            }

            if (_json["gradient"] is JsonObject gradient)
            {
                foreach (var comparison in Gradients(gradient, outputs))
                {
                    yield return comparison;
                }
            }
        }

        // Maps on the way, where the case has some and the network shows them.
        private List<Comparison> Inside()
        {
            if (_json["intermediates"] is not JsonObject intermediates)
            {
                return [];
            }

            if (_network.Inside is null)
            {
                return [.. intermediates.Select(i => Comparison.Skip($"inside {i.Key}", "this network does not show its maps on the way"))];
            }

            using var scope = new TensorScope();
            using var guard = new NoGrad();
            var maps = _network.Inside(_inputs);
            return [.. intermediates.Select(i =>
            {
                var file = i.Value!["file"]!.GetValue<string>();
                return !File.Exists(At(file)) ? Comparison.Skip($"inside {i.Key}", file)
                    : maps.TryGetValue(i.Key, out var ours) ? Comparison.Of($"inside {i.Key}", ours, Npy.Read(At(file)), _absolute, _relative)
                    : Comparison.Fail($"inside {i.Key}", $"no such map here; there are {string.Join(", ", maps.Keys)}");
            })];
        }

        private List<Comparison> Training()
        {
            if (_json["outputs_train"] is not JsonObject)
            {
                return [];
            }

            using var scope = new TensorScope();
            using var guard = new NoGrad();
            Prepare(training: true);
            var result = Outputs("train", "outputs_train", _network.Run(_inputs)).ToList();

            // "buffers_after_train.pt (one forward in train mode …)": the file is the first word.
            if (_json["buffers_after_train"]?.ToString().Split(' ')[0] is { Length: > 0 } file)
            {
                if (!File.Exists(At(file)))
                {
                    return [.. result, Comparison.Skip("buffers after train", file)];
                }

                var state = ByTheirNames(_network.Module.State());
                result.AddRange(Checkpoint.Read(At(file)).Tensors.Select(theirs => state.TryGetValue(theirs.Key, out var ours)
                    ? Comparison.Of($"buffer {theirs.Key}", ours, theirs.Value, _absolute, _relative)
                    : Comparison.Fail($"buffer {theirs.Key}", "no such buffer here")));
            }

            return result;
        }

        private IEnumerable<Comparison> Outputs(string mode, string section, IReadOnlyList<Tensor> outputs)
        {
            foreach (var (key, node) in _json[section] as JsonObject ?? [])
            {
                var file = node!["file"]!.GetValue<string>();
                yield return !File.Exists(At(file)) ? Comparison.Skip($"{mode} {key}", file)
                    : Pick(outputs, key) is not { } ours ? Comparison.Fail($"{mode} {key}", $"no such output here; there are {outputs.Count}")
                    : Comparison.Of($"{mode} {key}", ours, Npy.Read(At(file)), _absolute, _relative);
            }
        }

        private IEnumerable<Comparison> Gradients(JsonObject gradient, IReadOnlyList<Tensor> outputs)
        {
            Tensor? scalar = null;
            foreach (var key in gradient["cotangents"]!.AsArray().Select(k => k!.ToString()))
            {
                if (Pick(outputs, key) is not { } output)
                {
                    yield return Comparison.Fail("gradient", $"no output '{key}' here; there are {outputs.Count}");
                    yield break;
                }

                var term = (output * Cotangent(output.Shape)).Mean();
                scalar = scalar is null ? term : scalar + term;
            }

            scalar!.Backward();
            if (gradient["scalar_value"]?.GetValue<double>() is { } value)
            {
                yield return Comparison.Of("gradient scalar", scalar.Item(), value, _absolute, _relative);
            }

            var absolute = gradient["tolerance"]?["absolute"]?.GetValue<double>() ?? 1e-7;
            var relative = gradient["tolerance"]?["relative_to_max_abs_of_file"]?.GetValue<double>() ?? 1e-4;
            var parameters = ByTheirNames(_network.Module.NamedParameters());
            foreach (var (key, node) in gradient["files"] as JsonObject ?? [])
            {
                var file = node!.GetValue<string>();
                var of = key.StartsWith("input:", StringComparison.Ordinal) ? _inputs.GetValueOrDefault(key["input:".Length..]) : parameters.GetValueOrDefault(key["param:".Length..]);
                yield return !File.Exists(At(file)) ? Comparison.Skip($"gradient {key}", file)
                    : of is null ? Comparison.Fail($"gradient {key}", "no such input or parameter here")
                    : of.Grad is not { } ours ? Comparison.Fail($"gradient {key}", "no gradient reaches it")
                    : Comparison.OfGradient($"gradient {key}", ours, Npy.Read(At(file)), absolute, relative);
            }

            if (gradient["all_param_grad_l2"]?.GetValue<double>() is { } norm)
            {
                var ours = Math.Sqrt(_network.Module.Parameters().Sum(p => p.Grad is { } g ? (g * g).To(DType.Float64).Sum().Item() : 0));
                yield return Comparison.Of("gradient norm of all", ours, norm, absolute, relative);
            }
        }

        private Dictionary<string, Tensor> ByTheirNames(IEnumerable<(string Name, Tensor Tensor)> ours) =>
            ours.SelectMany(p => _network.Names.AllTheirs(p.Name).Select(name => (name, p.Tensor))).ToDictionary(p => p.name, p => p.Tensor, StringComparer.Ordinal);

        private Tensor? Pick(IReadOnlyList<Tensor> outputs, string key) =>
            int.TryParse(key, out var k) && k < outputs.Count ? outputs[k]
            : _network.Outputs.Contains(key) ? outputs[_network.Outputs.ToList().IndexOf(key)]
            : outputs.Count == 1 && !int.TryParse(key, out _) ? outputs[0] : null;

        private void Prepare(bool training)
        {
            _network.Module.Load(_weights, At("weights.pt"));
            _network.Module.Train(training);
        }

        private string At(string file) => Path.Combine(_folder, file);
    }
}
