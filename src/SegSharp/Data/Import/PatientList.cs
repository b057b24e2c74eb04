using SegSharp.Foundation;

namespace SegSharp.Data.Import;

/// <summary>Patients by name in a text file, one a line; blank lines and lines that begin with # are passed over, of a path only the last name counts.</summary>
/// <param name="Path">The file.</param>
/// <param name="Names">The patients, in the order of the lines.</param>
public sealed record PatientList(string Path, IReadOnlyList<string> Names)
{
    /// <summary>Reads a list.</summary>
    /// <exception cref="InputException">Unreadable, empty, or a name comes twice.</exception>
    public static PatientList Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"list of patients '{path}' cannot be read: {e.Message.TrimEnd('.')}", null, e);
        }

        var names = lines.Select(l => l.Trim().TrimEnd('/', '\\')).Where(l => l.Length > 0 && l[0] != '#').Select(l => l[(l.LastIndexOfAny(['/', '\\']) + 1)..]).ToList();
        var twice = names.GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        return twice is null
            ? new PatientList(path, names)
            : throw new InputException($"list of patients '{path}' names '{twice.Key}' {twice.Count()} times", "leave one of the lines");
    }
}
