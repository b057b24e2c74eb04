using System.Globalization;
using System.Text.RegularExpressions;

namespace SegSharp.Figures.Lessons;

/// <summary>A question with a short answer: a number that is computed, or one of a few words.</summary>
public sealed partial class Question
{
    private readonly Func<double>? _number;
    private readonly double _tolerance;
    private readonly Func<IReadOnlyList<string>> _words;
    private readonly IReadOnlyList<(string Wrong, string Reason)> _mistakes;

    private Question(string text, string why, Func<double>? number, double tolerance, Func<IReadOnlyList<string>> words, IReadOnlyList<(string Wrong, string Reason)> mistakes) =>
        (Text, Why, _number, _tolerance, _words, _mistakes) = (text, why, number, tolerance, words, mistakes);

    /// <summary>What is asked.</summary>
    public string Text { get; }

    /// <summary>Why the answer is what it is.</summary>
    public string Why { get; }

    /// <summary>The answer, computed now.</summary>
    public string Answer => _number is { } compute ? Written(compute()) : _words()[0];

    /// <summary>A question for a number.</summary>
    /// <param name="text">What is asked.</param>
    /// <param name="compute">Computes the answer from the real thing, not from a note.</param>
    /// <param name="why">Told with the solution.</param>
    /// <param name="tolerance">How far an answer may be off.</param>
    /// <param name="mistakes">Numbers that are often given, and what is wrong with them.</param>
    public static Question Number(string text, Func<double> compute, string why, double tolerance = 0, params (double Wrong, string Reason)[] mistakes) =>
        new(text, why, compute, tolerance, () => [], [.. mistakes.Select(m => (Written(m.Wrong), m.Reason))]);

    /// <summary>A question for one of a few words.</summary>
    /// <param name="text">What is asked.</param>
    /// <param name="why">Told with the solution.</param>
    /// <param name="words">What counts as right, the answer that is shown first; case and punctuation do not matter.</param>
    public static Question Word(string text, string why, params string[] words) => new(text, why, null, 0, () => words, []);

    /// <summary>A question for a word that is found by computing.</summary>
    /// <inheritdoc cref="Word"/>
    public static Question WordOf(string text, string why, Func<string> compute) => new(text, why, null, 0, () => [compute()], []);

    /// <summary>The same, with what is wrong with wrong words.</summary>
    public Question Unless(params (string Wrong, string Reason)[] mistakes) => new(Text, Why, _number, _tolerance, _words, [.. _mistakes, .. mistakes]);

    /// <summary>Whether a word is one number with its digits in threes: "26,970".</summary>
    public static bool IsGrouped(string word) => Grouped().IsMatch(word.Trim());

    /// <summary>Judges one answer.</summary>
    public Verdict Judge(string answer)
    {
        var given = answer.Trim();
        if (_number is null)
        {
            return _words().Any(w => Same(w, given)) ? new(true, Text, given) : Wrong(given);
        }

        if (!double.TryParse(IsGrouped(given) ? given.Replace(",", "") : given, NumberStyles.Float, CultureInfo.InvariantCulture, out var x))
        {
            return new(false, Text, $"'{given}' is no number");
        }

        var expected = _number();
        return x == expected || Math.Abs(x - expected) <= _tolerance ? new(true, Text, given) : Wrong(Written(x), x > expected ? "too large" : "too small");
    }

    private Verdict Wrong(string given, string? direction = null) => new(
        false,
        Text,
        _mistakes.FirstOrDefault(m => Same(m.Wrong, given)) is { Reason: { } reason } ? $"{given}: {reason}" : direction is null ? $"'{given}' is not it" : $"{given} is {direction}");

    private static bool Same(string a, string b) => Plain(a) == Plain(b);

    private static string Plain(string text) => Other().Replace(text.ToLowerInvariant(), "");

    private static string Written(double x) => (x + 0.0).ToString("0.######", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\d{1,3}(,\d{3})+$")]
    private static partial Regex Grouped();

    [GeneratedRegex(@"[^\p{L}\p{N}.−-]+")]
    private static partial Regex Other();
}
