using System.Text.RegularExpressions;
using SegSharp.Foundation;

namespace SegSharp.Data;

/// <summary>Which cases are of one patient, told from their names: slices and visits of a patient must not fall on both sides of a split.</summary>
public sealed partial class PatientRule
{
    private readonly Regex? _given;

    private PatientRule(Regex? given) => _given = given;

    /// <summary>
    /// Usual names: a slice's suffix (<c>_z012</c>, <c>_slice12</c>, <c>@0012</c>) is dropped, then BraTS's number of the visit
    /// (<c>BraTS19_SITE_ID_1</c>, <c>BraTS-GLI-00005-100</c>, <c>brats_2013_pat0004_1</c>), BIDS's (<c>sub-01_ses-2</c>), <c>_visit2</c>,
    /// <c>_scan2</c>. Any other name is a patient of its own.
    /// </summary>
    public static PatientRule Usual { get; } = new(null);

    /// <summary>A rule of one's own.</summary>
    /// <param name="pattern">A regular expression: its first group is the patient, or all that it matches where it has no group.</param>
    /// <exception cref="UsageException">No regular expression.</exception>
    public static PatientRule Parse(string pattern)
    {
        try
        {
            return new PatientRule(new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)));
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"'{pattern}' is no regular expression: {e.Message.TrimEnd('.')}", "--patient \"^(P[0-9]+)_\" takes P12 out of P12_slice3", e);
        }
    }

    /// <summary>The patient of a case.</summary>
    /// <exception cref="InputException">The given rule does not match the name.</exception>
    public string PatientOf(string id)
    {
        if (_given is not null)
        {
            var match = _given.Match(id);
            return match.Success
                ? (match.Groups.Count > 1 ? match.Groups[1] : match).Value
                : throw new InputException($"case '{id}' does not match '{_given}', so its patient is not known", "widen the expression given with --patient");
        }

        var name = Slice().Replace(id, "");
        return Visit().Match(name) is { Success: true } visit ? visit.Groups["patient"].Value : name;
    }

    /// <summary>Divides whole patients.</summary>
    /// <param name="ids">Names of the cases.</param>
    /// <param name="divide">Divides the names of the patients, sorted.</param>
    /// <returns>The same splits with every case of a patient on the patient's side.</returns>
    public IReadOnlyList<Split> Divide(IReadOnlyList<string> ids, Func<IReadOnlyList<string>, IReadOnlyList<Split>> divide)
    {
        var cases = ids.Order(StringComparer.Ordinal).GroupBy(PatientOf, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
        string[] Of(IReadOnlyList<string> patients) => [.. patients.SelectMany(p => cases[p]).Order(StringComparer.Ordinal)];
        return [.. divide([.. cases.Keys.Order(StringComparer.Ordinal)]).Select(s => new Split(Of(s.Training), Of(s.Validation)))];
    }

    [GeneratedRegex(@"(@|[_-](z|slice)[_-]?)\d+$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Slice();

    [GeneratedRegex(@"^(?<patient>brats\d\d_[^_]+_[^_]+|brats-[a-z]+(?:-[a-z]+)*-\d+|brats_[^_]+_pat\d+|sub-[^_]+|.+(?=[_-](?:visit|ses|scan)[_-]?\d+$))(?:[_-](?:visit|ses|scan)?[_-]?\d+|_ses-[^_]+.*)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Visit();
}
