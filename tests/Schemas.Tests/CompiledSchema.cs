using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.Loader;
using HftEngine.Schemas.Generator;
using HftEngine.Schemas.Sbe;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NUnit.Framework;

namespace Schemas.Tests;

/// <summary>Generated codecs of a schema that the build does not know, compiled in memory.</summary>
internal sealed class CompiledSchema
{
    private static readonly ConcurrentDictionary<string, Lazy<CompiledSchema>> Known = new();

    private CompiledSchema(MessageSchema schema, Assembly assembly, string schemaNamespace)
    {
        Schema = schema;
        Type index = assembly.GetType(schemaNamespace + ".SchemaIndex")!;
        Visit = index.GetMethod("Visit")!.CreateDelegate<VisitMessage>();
        Type driver = assembly.GetType(schemaNamespace + ".Driver")!;
        Write = driver.GetMethod("Write")!.CreateDelegate<WriteMessage>();
        Copy = driver.GetMethod("Copy")!.CreateDelegate<CopyMessage>();
        Assembly = assembly;
    }

    public delegate int VisitMessage(ReadOnlySpan<byte> message, IFieldVisitor visitor);

    public delegate byte[] WriteMessage(int templateId, Random random, List<string> written);

    public delegate byte[] CopyMessage(ReadOnlySpan<byte> message);

    public MessageSchema Schema { get; }

    public Assembly Assembly { get; }

    public VisitMessage Visit { get; }

    /// <summary>Writes a message with random values and tells what a visitor has to see.</summary>
    public WriteMessage Write { get; }

    /// <summary>Reads a message field by field and writes every field again.</summary>
    public CopyMessage Copy { get; }

    public static CompiledSchema Of(string path, params string[] more) =>
        Known.GetOrAdd(path, p => new Lazy<CompiledSchema>(() => Compile(p, more))).Value;

    private static CompiledSchema Compile(string path, string[] more)
    {
        const string Namespace = "Under.Test";
        SchemaErrors errors = new();
        MessageSchema? schema = new SchemaReader(errors).Read(path);
        Assert.That(errors.InOrder.Select(e => e.ToString()), Is.Empty);
        SchemaEmitter emitter = new(schema!, Namespace);
        List<string> sources =
            [.. emitter.Emit().Values, new DriverEmitter(schema!, Namespace).Emit(), .. more];
        CSharpParseOptions parse = new(LanguageVersion.CSharp13);
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        IEnumerable<MetadataReference> references =
            ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(f => f.StartsWith(framework, StringComparison.Ordinal))
            .Append(typeof(SbeException).Assembly.Location)
            .Select(f => MetadataReference.CreateFromFile(f));
        CSharpCompilation compilation = CSharpCompilation.Create(
            "schema" + Guid.NewGuid().ToString("N"),
            sources.Select(s => CSharpSyntaxTree.ParseText(s, parse)),
            references,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                allowUnsafe: true,
                optimizationLevel: OptimizationLevel.Release,
                nullableContextOptions: NullableContextOptions.Enable));
        using MemoryStream image = new();
        var result = compilation.Emit(image);
        Assert.That(
            result.Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString()),
            Is.Empty);
        image.Position = 0;
        return new CompiledSchema(schema!, AssemblyLoadContext.Default.LoadFromStream(image), Namespace);
    }
}
