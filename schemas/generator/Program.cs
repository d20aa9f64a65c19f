using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace HftEngine.Schemas.Generator;

/// <summary>
/// Turns an SBE schema into C#. Exit code 0 = done, 1 = the schema has errors, 2 = bad arguments.
/// </summary>
internal static partial class Program
{
    private const string Usage =
        "usage: HftEngine.Schemas.Generator SCHEMA.xml --namespace NAMESPACE --out DIRECTORY";

    public static int Main(string[] arguments)
    {
        if (
            !TryParse(
                arguments,
                out string schema,
                out string schemaNamespace,
                out string directory,
                out string wrong))
        {
            Console.Error.WriteLine(wrong);
            Console.Error.WriteLine(Usage);
            return 2;
        }

        SchemaErrors errors = new();
        MessageSchema? model = new SchemaReader(errors).Read(schema);
        if (model is null)
        {
            foreach (SchemaError error in errors.InOrder)
            {
                Console.Error.WriteLine(error);
            }

            return 1;
        }

        Write(directory, new SchemaEmitter(model, schemaNamespace).Emit());
        return 0;
    }

    private static bool TryParse(
        string[] arguments,
        out string schema,
        out string schemaNamespace,
        out string directory,
        out string wrong)
    {
        schema = schemaNamespace = directory = wrong = "";
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            bool hasValue = i + 1 < arguments.Length;
            switch (argument)
            {
                case "--namespace" when hasValue:
                    schemaNamespace = arguments[++i];
                    break;
                case "--out" when hasValue:
                    directory = arguments[++i];
                    break;
                case not null when schema.Length == 0 && !argument.StartsWith('-'):
                    schema = argument;
                    break;
                default:
                    wrong = $"unexpected argument '{argument}'";
                    return false;
            }
        }

        wrong = schema.Length == 0 ? "no schema is named"
            : !File.Exists(schema) ? $"schema '{schema}' does not exist"
            : !Namespace().IsMatch(schemaNamespace) ? $"'{schemaNamespace}' is not a namespace"
            : directory.Length == 0 ? "no output directory is named"
            : "";
        return wrong.Length == 0;
    }

    [GeneratedRegex(@"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$", RegexOptions.CultureInvariant)]
    private static partial Regex Namespace();

    private static void Write(string directory, IReadOnlyDictionary<string, string> files)
    {
        Directory.CreateDirectory(directory);

        // A type that left the schema must not stay in the build.
        foreach (string old in Directory.EnumerateFiles(directory, "*.g.cs").ToList())
        {
            if (!files.ContainsKey(Path.GetFileName(old)))
            {
                File.Delete(old);
            }
        }

        foreach ((string name, string contents) in files)
        {
            // An unchanged file keeps its time, so that nothing is compiled again for it.
            string path = Path.Combine(directory, name);
            if (!File.Exists(path) || File.ReadAllText(path) != contents)
            {
                File.WriteAllText(path, contents);
            }
        }
    }
}
