using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Cli.Verbs;

// One line per verb. The order is the order of `segsharp --help`.
Command[] verbs =
[
    DemoVerb.Create(),
    TrainVerb.Create(),
    PredictVerb.Create(),
    EnsembleVerb.Create(),
    DoctorVerb.Create(),
    InfoVerb.Create(),
    ConvertVerb.Create(),
    ViewVerb.Create(),
    DataVerb.Create(),
    EvaluateVerb.Create(),
    PostprocessVerb.Create(),
    MeasureVerb.Create(),
    NormalizeVerb.Create(),
    AugmentVerb.Create(),
    ArtefactVerb.Create(),
    NetworkVerb.Create(),
    SamVerb.Create(),
    ReportVerb.Create(),
    CompareVerb.Create(),
    FeaturesVerb.Create(),
    RecipeVerb.Create(),
    LessonVerb.Create(),
];

return Entrance.Run(verbs, args);
