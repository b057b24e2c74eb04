using System.Text.Json.Nodes;
using Xunit;

namespace SegSharp.ParityTests;

/// <summary>
/// The options that an original was recorded with. Reading one says that SegSharp has it too; a case with an option that
/// nobody read is skipped, and the skip names it. So new cases need no new test, and none passes by accident.
/// </summary>
internal sealed class RecordedOptions(JsonObject? json)
{
    private readonly JsonObject _json = json ?? [];
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    public double Number(string key, double otherwise) => Read(key)?.GetValue<double>() ?? otherwise;

    public int? Integer(string key) => Read(key)?.GetValue<int>();

    public bool Flag(string key, bool otherwise = false) => Read(key)?.GetValue<bool>() ?? otherwise;

    public string? Text(string key) => Read(key)?.GetValue<string>();

    /// <summary>A list, or one number as a list of one.</summary>
    public double[]? Numbers(string key) => Read(key) switch
    {
        JsonArray list => [.. list.Select(n => n!.GetValue<double>())],
        { } one => [one.GetValue<double>()],
        null => null,
    };

    public RecordedOptions Below(string key) => new(Read(key)?.AsObject());

    /// <summary>One number for every axis, or a list.</summary>
    public long[] Sizes(string key, int axes, long otherwise) => Read(key) switch
    {
        JsonArray list => [.. list.Select(n => n!.GetValue<long>())],
        { } one => [.. Enumerable.Repeat(one.GetValue<long>(), axes)],
        null => [.. Enumerable.Repeat(otherwise, axes)],
    };

    /// <summary>An option for which SegSharp has this one value: read only when it was recorded with it.</summary>
    public void Only<T>(string key, T value)
    {
        if (_json[key] is not { } node || Equals(node.GetValue<T>(), value))
        {
            _read.Add(key);
        }
    }

    /// <summary>An option that changes no number.</summary>
    public void Ignore(string key) => _read.Add(key);

    /// <summary>Skips the test when an option was recorded that SegSharp does not have.</summary>
    public void SkipTheUnread(string who)
    {
        var unread = _json.Where(o => !_read.Contains(o.Key)).Select(o => $"'{o.Key}' = {o.Value?.ToJsonString() ?? "null"}").ToList();
        Assert.SkipWhen(unread.Count > 0, $"SegSharp's {who} has no option {string.Join(" and ", unread)}");
    }

    private JsonNode? Read(string key)
    {
        _read.Add(key);
        return _json[key];
    }
}
