using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data;

/// <summary>A case that is trained on and stands on the judging side as well.</summary>
/// <param name="Training">A training case.</param>
/// <param name="Other">The case that it is the same as.</param>
/// <param name="Part">Where that one is: "validation" or "test".</param>
/// <param name="SameImage">True: the same voxels under two names. False: another slice or visit of the same patient, told from the names.</param>
public sealed record Leak(string Training, string Other, string Part, bool SameImage)
{
    /// <summary>One sentence.</summary>
    public string Describe() => SameImage
        ? $"'{Other}' ({Part}) has the same voxels as '{Training}' (training): its score says nothing about new patients"
        : $"'{Other}' ({Part}) is of the same patient as '{Training}' (training)";
}

/// <summary>Looks for images that stand on both sides of a split: by content, whatever they are called, and by the names of patients.</summary>
public static class LeakCheck
{
    /// <summary>Looks for leaks.</summary>
    /// <param name="data">The data set; the first channel of every image is read (the first that is not of one value).</param>
    /// <param name="split">Who trains and who validates; the test cases are held against the training cases too.</param>
    /// <param name="rule">Which cases are of one patient; null = <see cref="PatientRule.Usual"/>.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops between two images.</param>
    /// <returns>Every leak, once per judging case; empty = none. A split that validates on its own training cases on purpose (fold "all") has none by those.</returns>
    /// <exception cref="InputException">An image is unreadable.</exception>
    public static IReadOnlyList<Leak> Find(DataSet data, Split split, PatientRule? rule = null, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        return Find(data, [split], rule, on, cancel);
    }

    /// <summary>Looks for leaks in every split; each image is read once.</summary>
    /// <inheritdoc cref="Find(DataSet, Split, PatientRule?, Action{RunEvent}?, CancellationToken)"/>
    public static IReadOnlyList<Leak> Find(DataSet data, IReadOnlyList<Split> splits, PatientRule? rule = null, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        rule ??= PatientRule.Usual;
        var sides = splits.Select(s => (s.Training, Judged: Judged(data, s))).Where(s => s.Judged.Length > 0).ToList();
        Case[] cases = [.. sides.SelectMany(s => s.Training.Concat(s.Judged.Select(j => j.Id))).Distinct(StringComparer.Ordinal).Select(id => data[id])];
        var digests = Digests(cases, on, cancel);
        return [.. sides.SelectMany(s => Between(s.Training, s.Judged, digests, rule)).Distinct()];
    }

    private static (string Id, string Part)[] Judged(DataSet data, Split split)
    {
        var training = split.Training.ToHashSet(StringComparer.Ordinal);
        return [.. split.Validation.Where(v => !training.Contains(v)).Select(v => (v, "validation")), .. data.TestCases.Select(t => (t.Id, "test"))];
    }

    private static IEnumerable<Leak> Between(IReadOnlyList<string> training, (string Id, string Part)[] judged, Dictionary<string, string?> digests, PatientRule rule)
    {
        var byContent = First(training.Where(t => digests[t] is not null), t => digests[t]!);
        var byPatient = First(training, rule.PatientOf);
        foreach (var (id, part) in judged)
        {
            if (digests[id] is { } digest && byContent.TryGetValue(digest, out var twin))
            {
                yield return new Leak(twin, id, part, SameImage: true);
            }
            else if (byPatient.TryGetValue(rule.PatientOf(id), out var kin))
            {
                yield return new Leak(kin, id, part, SameImage: false);
            }
        }
    }

    private static Dictionary<string, string> First(IEnumerable<string> ids, Func<string, string> key)
    {
        var first = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var id in ids)
        {
            first.TryAdd(key(id), id);
        }

        return first;
    }

    private static Dictionary<string, string?> Digests(Case[] cases, Action<RunEvent>? on, CancellationToken cancel)
    {
        var digests = new Dictionary<string, string?>(StringComparer.Ordinal);
        var done = 0;
        foreach (var c in cases)
        {
            cancel.ThrowIfCancellationRequested();
            digests[c.Id] = c.Channels.Select(Digest).FirstOrDefault(d => d is not null);
            on?.Invoke(new Progressed("look for leaks", ++done, cases.Length, c.Id));
        }

        return digests;
    }

    // Values as float, so that an image is the same whatever type it was stored in. One that is all of one value (an empty slice) says nothing.
    private static string? Digest(string file)
    {
        var values = Volume.Read(file).ToFloats();
        if (!values.AsSpan().ContainsAnyExcept(values[0]))
        {
            return null;
        }

        return Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())));
    }
}
