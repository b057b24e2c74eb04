using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Lessons;
using SegSharp.Foundation;

namespace SegSharp.Cli.Verbs;

internal static class LessonVerb
{
    public static Command Create() => new("lesson", "the exercises of the course: list, show, check an answer or a class, write a skeleton, draw a figure")
    {
        List(),
        Show(),
        Check(),
        Skeleton(),
        Draw(),
    };

    private static Argument<string> Id() => new("ID") { Description = "a name of `lesson list`" };

    private static Command List()
    {
        var source = new Option<string?>("--source") { Description = "one document only: kings, notebook, notes, lecture or practical", HelpName = "NAME" };
        var verb = new Command("list", "every exercise, question and figure, and how an answer is checked") { source };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var table = new Table(new("id", "id"), new("source", "from"), new("kind", "kind"), new("title", "title"), new("check", "check"), new("skeleton", "skeleton"), new("figure", "figure"));
            foreach (var lesson in Course.Lessons.Where(l => Of(args.GetValue(source)) is not { } only || l.Source == only))
            {
                table.Add(
                    lesson.Id, context.Json ? Word(lesson.Source) : lesson.SourceTitle, Word(lesson.Kind), lesson.Title,
                    lesson.Check?.Kind, context.Json ? lesson.Skeleton is not null : lesson.Skeleton is null ? "" : "yes", context.Json ? lesson.Figure is not null : lesson.Figure is null ? "" : "yes");
            }

            context.Show(new Document().With("lessons", table));
        }));
        return verb;
    }

    private static Command Show()
    {
        var id = Id();
        var hints = new Option<bool>("--hints") { Description = "hints too; the course asks you to try without" };
        var solution = new Option<bool>("--solution") { Description = "the answers, computed now, and why; the course asks you to try without" };
        var verb = new Command("show", "an exercise: what to do, the commands that help, slips of the source (E-01 to E-31 are shown too)") { id, hints, solution };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            if (Erratum.Find(args.GetRequiredValue(id)) is { } slip)
            {
                context.Show(new Document().With("id", "slip", slip.Id).With("where", "where", slip.Where).With("problem", "problem", slip.Problem).With("instead", "SegSharp", slip.Instead)
                    .With("lessons", "met in", Course.Lessons.Where(l => l.Errata.Contains(slip.Id, StringComparer.Ordinal)).Select(l => l.Id).ToList()));
                return;
            }

            var lesson = Course.Get(args.GetRequiredValue(id));
            context.Show(Describe(lesson, args.GetValue(hints), args.GetValue(solution)));
        }));
        return verb;
    }

    private static Document Describe(Lesson lesson, bool hints, bool solution)
    {
        var document = new Document()
            .With("id", "lesson", lesson.Id).With("title", "title", lesson.Title).With("source", "from", Word(lesson.Source), $"{lesson.SourceTitle}: {lesson.Tutorial}").WithData("kind", Word(lesson.Kind))
            .WithText(lesson.Task.TrimEnd()).WithData("task", lesson.Task.TrimEnd())
            .WithData("questions", JsonText.Of(lesson.Check?.Questions.Select(q => q.Text).ToList() ?? []))
            .WithData("commands", JsonText.Of(lesson.Commands));
        if (lesson.Commands.Count > 0)
        {
            document.WithText(string.Join('\n', lesson.Commands.Select(c => $"  segsharp {c}")));
        }

        foreach (var slip in lesson.Errata.Select(e => Erratum.Find(e)!))
        {
            document.WithText($"{slip.Id}, a slip of the source: {slip.Problem}. SegSharp: {slip.Instead}.");
        }

        document.WithData("errata", JsonText.Of(lesson.Errata));
        if (lesson.Skeleton is not null)
        {
            document.WithText($"Begin with: segsharp lesson skeleton {lesson.Id} --out FILE.cs");
        }

        if (lesson.Check is { } check)
        {
            document.WithText($"Check: segsharp lesson check {lesson.Id} {check.Takes}".TrimEnd()).WithData("check", $"lesson check {lesson.Id} {check.Takes}".TrimEnd());
        }
        else
        {
            document.WithData("check", null);
        }

        if (hints)
        {
            document.WithText(lesson.Hints.Count == 0 ? "No hints." : string.Join('\n', lesson.Hints.Select(h => $"Hint: {h}"))).WithData("hints", JsonText.Of(lesson.Hints));
        }

        if (solution)
        {
            var solved = lesson.Solve();
            document.WithText(solved ?? "There is nothing to solve.").WithData("solution", solved);
        }

        return document;
    }

    private static Command Check()
    {
        var id = Id();
        var answer = new Argument<string[]>("ANSWER") { Description = "numbers or words in the order of the questions (80 or 80,1168); or your C# file; or the folder of your run; nothing where the check computes by itself", Arity = ArgumentArity.ZeroOrMore };
        var limit = new Option<int>("--limit") { Description = "of your C# file: the most seconds that compiling and checking it may take", HelpName = "N", DefaultValueFactory = _ => 60 };
        var into = new Option<string?>("--judge-into") { Hidden = true };       // how the verb starts itself for a student's class
        var verb = new Command("check", "judges an answer: PASS or FAIL a line, with the reason; ends with 0 when all is right and with 1 when not") { id, answer, limit, into };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var lesson = Course.Get(args.GetRequiredValue(id));
            var check = lesson.Check ?? throw new UsageException($"lesson {lesson.Id} has no check: it is {(lesson.Kind == LessonKind.Figure ? "a figure" : "for people to judge")}", $"segsharp lesson show {lesson.Id}");
            var words = args.GetValue(answer) ?? [];
            if (args.GetValue(into) is { } file)
            {
                StudentProcess.Judge(lesson, words, file);
                return ExitCode.Done;
            }

            var runsCode = check.Takes.Contains("FILE.cs", StringComparison.Ordinal) && words is [var only] && (only.EndsWith(".cs", StringComparison.OrdinalIgnoreCase) || File.Exists(only));
            if (!runsCode)
            {
                NetworkVerb.Refuse(args, "no C# file is checked", limit);
            }

            var seconds = args.GetValue(limit) is > 0 and <= 86_400 and var most ? most : throw new UsageException($"--limit is {args.GetValue(limit)}; it must lie between 1 and 86400 seconds", "--limit 60");
            var verdicts = runsCode ? StudentProcess.Run(lesson, words, seconds, context.Say, context.Cancel) : check.Judge(lesson.Id, words);
            var passed = verdicts.All(v => v.Passed);
            var table = new Table(new("passed", "verdict"), new("what", "what"), new("reason", "found"));
            foreach (var verdict in verdicts)
            {
                table.Add(context.Json ? verdict.Passed : verdict.Passed ? "PASS" : "FAIL", verdict.What, verdict.Reason);
            }

            context.Show(new Document()
                .WithData("id", lesson.Id).WithData("passed", passed)
                .With("verdicts", table)
                .WithText(passed ? $"PASS {lesson.Id}" : $"FAIL {lesson.Id}: {verdicts.Count(v => !v.Passed)} of {verdicts.Count}{(lesson.Hints.Count > 0 ? $" (hints: segsharp lesson show {lesson.Id} --hints)" : "")}"));
            return passed ? ExitCode.Done : ExitCode.Failed;
        }));
        return verb;
    }

    private static Command Skeleton()
    {
        var id = Id();
        var output = new Option<string>("--out", "-o") { Description = "the C# file to write", HelpName = "FILE", Required = true };
        var verb = new Command("skeleton", "writes a C# file with gaps for you to fill in, where an exercise asks for a class") { id, output };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var lesson = Course.Get(args.GetRequiredValue(id));
            var text = lesson.Skeleton ?? throw new UsageException(
                $"lesson {lesson.Id} asks for no class", $"those that do: {string.Join(", ", Course.Lessons.Where(l => l.Skeleton is not null).Select(l => l.Id))}");
            var path = args.GetRequiredValue(output);
            if (File.Exists(path) && !context.Overwrite)
            {
                throw new InputException($"'{path}' is there already, perhaps with your work", "another name, or --overwrite");
            }

            AtomicFile.WriteText(path, text);
            context.Show(new Document().With("file", "written", path).With("check", "check with", $"segsharp lesson check {lesson.Id} {path}"));
        }));
        return verb;
    }

    private static Command Draw()
    {
        var id = Id();
        var output = new Option<string>("--out", "-o") { Description = "the drawing: .svg, .png or .pdf; .html where it moves", HelpName = "FILE", Required = true };
        var verb = new Command("figure", "draws a figure of the course afresh, and says its numbers") { id, output };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var lesson = Course.Get(args.GetRequiredValue(id));
            var path = args.GetRequiredValue(output);
            if (!Path.GetExtension(path).Equals(".html", StringComparison.OrdinalIgnoreCase))
            {
                Figure.CheckName(path);
            }

            var draw = lesson.Figure ?? throw new UsageException($"lesson {lesson.Id} has no figure", $"those that have: {string.Join(", ", Course.Lessons.Where(l => l.Figure is not null).Select(l => l.Id))}");
            var picture = draw();
            picture.Write(path);
            var table = new Table(new("name", "what"), new("value", "number"));
            foreach (var (name, value) in picture.Numbers)
            {
                table.Add(name, value);
            }

            context.Show(new Document().With("file", "drawn", path).With("title", "title", lesson.Title).WithData("moves", picture.Moving is not null).With("numbers", table));
        }));
        return verb;
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static LessonSource? Of(string? name) => name is null ? null
        : Enum.TryParse<LessonSource>(name, ignoreCase: true, out var source) && !int.TryParse(name, out _) ? source
        : throw UsageException.Unknown("source", name, Enum.GetValues<LessonSource>().Select(Word));
}
