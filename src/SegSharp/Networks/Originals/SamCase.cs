using System.Text.Json.Nodes;
using SegSharp.Foundation;
using SegSharp.Networks.Sam;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp.Networks.Originals;

/// <summary>
/// A case of a promptable network: one set of weights, the image encoder by itself, every combination of prompts on one
/// embedding, and the whole way. The second form of a case beside inputs and outputs.
/// </summary>
/// <param name="folder">Where its files lie.</param>
/// <param name="json">Its <c>case.json</c>.</param>
/// <param name="network">With the case's weights.</param>
internal sealed class SamCase(string folder, JsonObject json, SamNetwork network)
{
    private readonly double _absolute = json["tolerance"]?["atol"]?.GetValue<double>() ?? 2e-5;
    private readonly double _relative = json["tolerance"]?["rtol"]?.GetValue<double>() ?? 1e-4;

    /// <summary>Whether a case has this form.</summary>
    public static bool Is(JsonObject json) => json["prompt_cases"] is JsonObject || BoxOfMedSam(json) is not null;

    /// <summary>Builds the network of a case with its weights; MedSAM's cases point at weights of another case.</summary>
    public static SamNetwork Load(string folder, JsonObject json, OriginalName name)
    {
        var file = Path.Combine(folder, json["weights"]?.GetValue<string>() ?? "weights.pt");
        var weights = Checkpoint.Read(file).Tensors;
        var beside = Path.Combine(Path.GetDirectoryName(file)!, "case.json");
        var constructor = json["constructor"] as JsonObject
            ?? (File.Exists(beside) ? JsonInput.Parse(File.ReadAllText(beside), beside)["constructor"] as JsonObject : null);
        var network = new SamNetwork(SamOriginals.Options(new(name, constructor, weights.ToDictionary(w => w.Key, w => w.Value.Shape, StringComparer.Ordinal))));
        network.Load(weights, file);
        network.Evaluate();
        return network;
    }

    /// <summary>Everything that the case recorded of the network.</summary>
    public List<Comparison> Compare()
    {
        var all = new List<Comparison>();
        using var scope = new TensorScope();
        if (BoxOfMedSam(json) is { } box)
        {
            return MedSam(box);
        }

        if (json["encoder"] is JsonObject encoder)
        {
            all.AddRange(Encoder(encoder));
        }

        all.AddRange(Windowing());
        all.AddRange(Distances());
        using (new NoGrad())
        {
            all.AddRange(Array("eval dense_pe", network.PromptEncoder.GridCode, "dense_pe.npy"));
        }

        foreach (var (prompt, node) in json["prompt_cases"]!.AsObject())
        {
            all.AddRange(Prompt(prompt, node!.AsObject()));
        }

        if (json["end_to_end"] is JsonObject whole)
        {
            all.AddRange(EndToEnd(whole));
        }

        return all;
    }

    private static (double[] Box, int Side)? BoxOfMedSam(JsonObject json) =>
        json.FirstOrDefault(p => p.Key.StartsWith("box_scaled_to_", StringComparison.Ordinal)) is { Value: JsonArray box, Key: var key }
            ? ([.. box.Select(b => b!.GetValue<double>())], int.Parse(key["box_scaled_to_".Length..]))
            : null;

    private List<Comparison> Encoder(JsonObject encoder)
    {
        using var scope = new TensorScope();
        var image = Read(encoder["input"]!.GetValue<string>());
        var theirs = Npy.Read(At(encoder["output"]!.GetValue<string>()));
        image.RequiresGrad = true;
        var output = network.ImageEncoder.Forward(image);
        var result = new List<Comparison> { Comparison.Of("eval encoder", output, theirs, _absolute, _relative) };
        using (new NoGrad())
        {
            result.Add(Comparison.Of("eval encoder in chunks", network.ImageEncoder.Forward(image.Detach()), theirs, _absolute, _relative));
        }

        (output * Verification.Cotangent(output.Shape)).Mean().Backward();
        result.Add(Gradient("input:x of encoder", image, encoder["grad_input"]!.GetValue<string>()));
        result.AddRange(ParameterGradients("encoder", encoder["gradient_params"]));
        return result;
    }

    private IEnumerable<Comparison> Windowing()
    {
        if (json["window_partition"] is not JsonObject cut)
        {
            yield break;
        }

        using var scope = new TensorScope();
        var tokens = Read(cut["input"]!.GetValue<string>());
        var window = cut["window"]!.GetValue<int>();
        var windows = Windows.Cut(tokens, window);
        yield return Comparison.Of("windows", windows, Npy.Read(At(cut["output"]!.GetValue<string>())), 0, 0);
        yield return Comparison.Of("windows joined again", Windows.Join(windows, window, tokens.Shape[1..^1]), Npy.Read(At(cut["input"]!.GetValue<string>())), 0, 0);
    }

    // relpos_q3_k6.npy: 3 places of queries, 6 of keys.
    private IEnumerable<Comparison> Distances()
    {
        foreach (var file in Directory.EnumerateFiles(folder, "relpos_q*_k*.npy").Order(StringComparer.Ordinal))
        {
            using var scope = new TensorScope();
            var words = Path.GetFileNameWithoutExtension(file).Split('_');
            var (q, k) = (long.Parse(words[1][1..]), long.Parse(words[2][1..]));
            yield return Comparison.Of($"distances {q} to {k}", RelativePositions.Between(q, k, Read("relpos_in.npy")), Npy.Read(file), 1e-6, 1e-6);
        }
    }

    private List<Comparison> Prompt(string prompt, JsonObject options)
    {
        using var scope = new TensorScope();
        var result = new List<Comparison>();
        var embedding = Read(json["encoder"]?["output"]?.GetValue<string>() ?? "encoder_output.npy");
        var wantsGradient = options.ContainsKey("gradient");
        embedding.RequiresGrad = wantsGradient;
        var prompts = new Prompts
        {
            Points = On("points") ? Read("points.npy") : null,
            Labels = On("points") ? Read("point_labels.npy") : null,
            Boxes = On("boxes") ? Read("boxes.npy") : null,
            Masks = On("mask") ? Read("mask_prompt.npy") : null,
        };

        var (sparse, dense) = network.PromptEncoder.Forward(prompts);
        var code = network.PromptEncoder.GridCode();
        var (masks, quality) = network.MaskDecoder.ForwardAll(embedding, code, sparse, dense);
        result.AddRange(Array($"eval {prompt} sparse", () => sparse, $"{prompt}_sparse.npy"));
        result.AddRange(Array($"eval {prompt} dense", () => dense, $"{prompt}_dense.npy"));
        result.AddRange(Array($"eval {prompt} masks", () => masks, $"{prompt}_low_res.npy"));
        result.AddRange(Array($"eval {prompt} quality", () => quality, $"{prompt}_iou.npy"));
        if (options["postprocess"] is JsonObject post)
        {
            var enlarged = network.Enlarge(masks.Narrow(1, 1, masks.Size(1) - 1), Sides(post["input_size"]), Sides(post["original_size"]));
            result.AddRange(Array($"eval {prompt} enlarged", () => enlarged, post["file"]!.GetValue<string>()));
        }

        if (wantsGradient)
        {
            foreach (var parameter in network.Parameters())
            {
                parameter.Grad = null;
            }

            var (several, scores) = (masks.Narrow(1, 1, masks.Size(1) - 1), quality.Narrow(1, 1, quality.Size(1) - 1));
            ((several * Verification.Cotangent(several.Shape)).Mean() + (scores * Verification.Cotangent(scores.Shape)).Mean()).Backward();
            result.Add(Gradient($"input:image_embedding of {prompt}", embedding, $"{prompt}_grad_image_embedding.npy"));
            result.AddRange(ParameterGradients(prompt, options["gradient_params"]));
        }

        return result;

        bool On(string kind) => options[kind]?.GetValue<bool>() == true;
    }

    private List<Comparison> EndToEnd(JsonObject whole)
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        var original = Sides(whole["original_size"]);
        var image = Read("e2e_image.npy");                                      // [3, H, W] in 0…255
        var embedding = network.ImageEncoder.Forward(Normalised(image));
        var several = whole["multimask_output"]?.GetValue<bool>() == true;
        var (masks, quality) = network.Decode(embedding, new() { Points = Read("points.npy"), Labels = Read("point_labels.npy"), Boxes = Read("boxes.npy") }, several);
        return
        [
            .. Array("eval whole masks", () => masks, "e2e_low_res.npy"),
            .. Array("eval whole quality", () => quality, "e2e_iou.npy"),
            Packed(network.Enlarge(masks, [image.Size(1), image.Size(2)], original), whole["masks"]!["file"]!.GetValue<string>()),
        ];
    }

    // Masks as bits, the most significant first.
    private Comparison Packed(Tensor logits, string file)
    {
        const string What = "eval whole, above 0";
        if (!File.Exists(At(file)))
        {
            return Comparison.Skip(What, file);
        }

        var (ours, bits) = (logits.ToArray<float>(), Npy.Read(At(file)).Bytes.ToArray());
        var wrong = Enumerable.Range(0, ours.Length).Count(i => ours[i] > 0 != ((bits[i / 8] >> (7 - (i % 8))) & 1) > 0 && Math.Abs(ours[i]) > 1e-4);
        return wrong == 0 ? new(What, 0, "exact where |logit| > 1e-4", 0) : Comparison.Fail(What, $"{wrong} of {ours.Length} pixels differ");
    }

    private List<Comparison> MedSam((double[] Box, int Side) prompt)
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        var image = Read($"normalised_{prompt.Side}.npy");                      // [H, W], grey: three equal channels
        var embedding = network.ImageEncoder.Forward(image.Reshape(1, 1, prompt.Side, prompt.Side).Expand(-1, 3, -1, -1).Contiguous());
        var (masks, _) = network.Decode(embedding, new() { Boxes = Tensor.From([.. prompt.Box.Select(b => (float)b)], 1, 4) }, several: false);
        return [.. Array("eval masks of the box", () => masks.Reshape(Npy.Read(At("low_res_logits.npy")).Shape), "low_res_logits.npy")];
    }

    // (x − mean) / deviation per channel, then zeros right and below.
    private Tensor Normalised(Tensor image)
    {
        float[] Numbers(string key) => [.. json["constructor"]![key]!.AsArray().Select(v => v!.GetValue<float>())];
        var side = network.Options.ImageEncoder.ImageSize;
        var x = (image - Tensor.From(Numbers("pixel_mean"), 3, 1, 1)) / Tensor.From(Numbers("pixel_std"), 3, 1, 1);
        return x.Unsqueeze(0).Pad([0, side - image.Size(2), 0, side - image.Size(1)]);
    }

    private IEnumerable<Comparison> ParameterGradients(string part, JsonNode? names)
    {
        var parameters = network.NamedParameters().ToDictionary(p => p.Name, p => p.Tensor, StringComparer.Ordinal);
        foreach (var name in names as JsonArray ?? [])
        {
            var key = name!.GetValue<string>();
            yield return parameters.TryGetValue(key, out var parameter)
                ? Gradient($"param:{key} of {part}", parameter, $"{part}_grad_param_{key}.npy")
                : Comparison.Fail($"gradient param:{key} of {part}", "no such parameter here");
        }
    }

    private Comparison Gradient(string what, Tensor of, string file) =>
        !File.Exists(At(file)) ? Comparison.Skip($"gradient {what}", file)
        : of.Grad is not { } ours ? Comparison.Fail($"gradient {what}", "no gradient reaches it")
        : Comparison.OfGradient($"gradient {what}", ours, Npy.Read(At(file)), 1e-7, 1e-4);

    private IEnumerable<Comparison> Array(string what, Func<Tensor> ours, string file)
    {
        if (File.Exists(At(file)))
        {
            yield return Comparison.Of(what, ours(), Npy.Read(At(file)), _absolute, _relative);
        }
    }

    private static long[] Sides(JsonNode? list) => [.. list!.AsArray().Select(s => s!.GetValue<long>())];

    private Tensor Read(string file) => Tensor.From(Npy.Read(At(file)));

    private string At(string file) => Path.Combine(folder, file);
}
