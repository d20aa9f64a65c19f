using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Xml;
using System.Xml.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>Where in which file something was declared.</summary>
internal sealed record SourceLocation(string File, int Line, int Column)
{
    /// <summary>
    /// The place of an element; an element that came in through XInclude carries its own file.
    /// </summary>
    public static SourceLocation Of(XObject node)
    {
        IXmlLineInfo info = node;
        string file = "";
        for (XObject? at = node; at is not null; at = at.Parent ?? (XObject?)at.Document)
        {
            if (at.Annotation<SourceFile>() is { } source)
            {
                file = source.Path;
                break;
            }

            if (at is XDocument)
            {
                break;
            }
        }

        return new SourceLocation(file, info.LineNumber, info.LinePosition);
    }
}

/// <summary>Annotation on the root element of every loaded file.</summary>
internal sealed record SourceFile(string Path);

/// <summary>One defect of a schema, printable so that MSBuild shows file and line.</summary>
internal sealed record SchemaError(SourceLocation Location, SchemaErrorCode Code, string Message)
{
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Location.File}({Location.Line},{Location.Column}): error SBE{(int)Code:000}: {Message}");
}

/// <summary>The numbers are part of the command line's contract: add at the end, never renumber.</summary>
internal enum SchemaErrorCode
{
    MalformedXml = 1,
    MissingAttribute = 2,
    InvalidAttribute = 3,
    DuplicateType = 4,
    DuplicateMessage = 5,
    DuplicateTemplateId = 6,
    DuplicateMember = 7,
    DuplicateValue = 8,
    UnknownType = 9,
    UnknownPrimitive = 10,
    CircularComposite = 11,
    OffsetOverlap = 12,
    BlockTooSmall = 13,
    ValueOutOfRange = 14,
    BadMessageHeader = 15,
    BadDimensionType = 16,
    BadDataType = 17,
    ConstantWithoutValue = 18,
    BadValueRef = 19,
    WrongOrder = 20,
    VersionTooHigh = 21,
    InvalidName = 22,
    BadInclude = 23,
    UnexpectedElement = 24,
    TooLarge = 25,
    BadEncodingType = 26,
}

/// <summary>Collects every defect, so that one run shows them all.</summary>
internal sealed class SchemaErrors
{
    private readonly List<SchemaError> _errors = [];
    private readonly HashSet<SchemaError> _seen = [];

    public bool Any => _errors.Count > 0;

    public IEnumerable<SchemaError> InOrder =>
        _errors.OrderBy(e => e.Location.File, StringComparer.Ordinal)
            .ThenBy(e => e.Location.Line)
            .ThenBy(e => e.Location.Column);

    public void Add(XObject at, SchemaErrorCode code, string message) =>
        Add(SourceLocation.Of(at), code, message);

    public void Add(SourceLocation at, SchemaErrorCode code, string message)
    {
        // One broken composite used by ten messages is one defect.
        SchemaError error = new(at, code, message);
        if (_seen.Add(error))
        {
            _errors.Add(error);
        }
    }
}
