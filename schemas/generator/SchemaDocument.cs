using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml;
using System.Xml.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>
/// Loads a schema file and splices in what it includes, keeping file and line of every element.
/// </summary>
internal sealed class SchemaDocument
{
    // Deep enough for any real schema; stops a document built to overflow the stack.
    private const int MaxDepth = 64;

    private static readonly XNamespace XInclude = "http://www.w3.org/2001/XInclude";

    private readonly SchemaErrors _errors;
    private readonly List<string> _open = [];
    private readonly List<string> _files = [];

    public SchemaDocument(SchemaErrors errors) => _errors = errors;

    /// <summary>Every file that was read; the build reruns the generator when one changes.</summary>
    public IReadOnlyList<string> Files => _files;

    public XElement? Load(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Load(stream, path);
    }

    public XElement? Load(Stream stream, string path)
    {
        string full = Path.GetFullPath(path);
        XElement? root = Parse(stream, path);
        if (root is null)
        {
            return null;
        }

        _open.Add(full);
        _files.Add(full);
        bool sound = Include(root, path, 0);
        _open.RemoveAt(_open.Count - 1);
        return sound ? root : null;
    }

    private XElement? Parse(Stream stream, string path)
    {
        XmlReaderSettings settings = new()
        {
            // A schema needs no document type; refusing it closes the door on external and recursive
            // entities.
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
        };
        try
        {
            using XmlReader reader = XmlReader.Create(stream, settings);
            XElement root = XElement.Load(reader, LoadOptions.SetLineInfo);
            root.AddAnnotation(new SourceFile(path));
            return root;
        }
        catch (XmlException e)
        {
            SourceLocation at = new(path, e.LineNumber, e.LinePosition);
            _errors.Add(at, SchemaErrorCode.MalformedXml, e.Message.ReplaceLineEndings(" "));
            return null;
        }
    }

    private bool Include(XElement element, string path, int depth)
    {
        if (depth > MaxDepth)
        {
            _errors.Add(element, SchemaErrorCode.TooLarge, $"elements are nested deeper than {MaxDepth}");
            return false;
        }

        bool sound = true;
        foreach (XElement child in element.Elements().ToList())
        {
            if (child.Name == XInclude + "include")
            {
                sound &= Splice(child, path);
            }
            else
            {
                sound &= Include(child, path, depth + 1);
            }
        }

        return sound;
    }

    private bool Splice(XElement include, string path)
    {
        string href = include.Attribute("href")?.Value ?? "";
        string parse = include.Attribute("parse")?.Value ?? "xml";
        if (
            href.Length == 0 || parse != "xml" || href.Contains('\0') || Uri.TryCreate(
                href, UriKind.Absolute, out _))
        {
            _errors.Add(
                include, SchemaErrorCode.BadInclude, "include needs href, a relative file path to XML");
            return false;
        }

        string target = Path.Combine(Path.GetDirectoryName(path) ?? "", href);
        if (_open.Contains(Path.GetFullPath(target), StringComparer.Ordinal))
        {
            _errors.Add(include, SchemaErrorCode.BadInclude, $"'{href}' includes itself");
            return false;
        }

        if (!File.Exists(target))
        {
            _errors.Add(include, SchemaErrorCode.BadInclude, $"included file '{href}' does not exist");
            return false;
        }

        XElement? included = Load(target);
        if (included is null)
        {
            return false;
        }

        // The element has no parent, so it moves instead of being cloned and keeps its line numbers.
        include.ReplaceWith(included);
        return true;
    }
}
