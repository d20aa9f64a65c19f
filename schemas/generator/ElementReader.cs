using System;
using System.Collections.Generic;
using System.Globalization;
using System.Xml.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>Reads and checks the attributes that types, fields and messages have in common.</summary>
internal sealed class ElementReader
{
    // An inline array may take a megabyte at the most; no real block comes near it.
    public const int MaxBlockBytes = 1 << 20;

    public ElementReader(SchemaErrors errors, int schemaVersion)
    {
        Errors = errors;
        SchemaVersion = schemaVersion;
    }

    public SchemaErrors Errors { get; }

    public int SchemaVersion { get; }

    public string Name(XElement element)
    {
        string? name = Text(element, "name");
        if (name is null)
        {
            Errors.Add(element, SchemaErrorCode.MissingAttribute, $"<{element.Name.LocalName}> needs a name");
            return "";
        }

        if (!IsSymbolic(name))
        {
            Errors.Add(
                element,
                SchemaErrorCode.InvalidName,
                $"'{name}' is not a name: a letter or underscore, then letters, digits and underscores");
        }

        return name;
    }

    public static string? Text(XElement element, string attribute) => element.Attribute(attribute)?.Value;

    public int? Number(XElement element, string attribute)
    {
        string? text = Text(element, attribute);
        if (text is null)
        {
            return null;
        }

        if (int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return number;
        }

        Errors.Add(
            element,
            SchemaErrorCode.InvalidAttribute,
            $"{attribute}='{text}' is not a number from 0 to 2147483647");
        return null;
    }

    public int Required(XElement element, string attribute)
    {
        if (element.Attribute(attribute) is null)
        {
            string name = Text(element, "name") ?? "";
            Errors.Add(
                element,
                SchemaErrorCode.MissingAttribute,
                $"<{element.Name.LocalName}> '{name}' needs the attribute {attribute}");
            return 0;
        }

        return Number(element, attribute) ?? 0;
    }

    public int SinceVersion(XElement element)
    {
        int since = Number(element, "sinceVersion") ?? 0;
        if (since > SchemaVersion)
        {
            Errors.Add(
                element,
                SchemaErrorCode.VersionTooHigh,
                $"sinceVersion {since} is above the schema's version {SchemaVersion}");
        }

        return since;
    }

    public Presence? PresenceOf(XElement element)
    {
        string? text = Text(element, "presence");
        switch (text)
        {
            case null:
                return null;
            case "required":
                return Presence.Required;
            case "optional":
                return Presence.Optional;
            case "constant":
                return Presence.Constant;
            default:
                Errors.Add(
                    element,
                    SchemaErrorCode.InvalidAttribute,
                    $"presence='{text}' is none of required, optional, constant");
                return null;
        }
    }

    /// <summary>The offset of an element that follows <paramref name="end"/> bytes of others.</summary>
    public int Offset(XElement element, int end, string what)
    {
        int? declared = Number(element, "offset");
        if (declared is not { } offset)
        {
            return end;
        }

        if (offset < end)
        {
            Errors.Add(
                element,
                SchemaErrorCode.OffsetOverlap,
                $"{what} '{Text(element, "name")}' at offset {offset} overlaps what ends at {end}");
            return end;
        }

        return offset;
    }

    /// <summary>End of a member, kept within what a block may take.</summary>
    public int End(XElement element, int offset, long size)
    {
        long end = offset + size;
        if (end <= MaxBlockBytes)
        {
            return (int)end;
        }

        Errors.Add(
            element,
            SchemaErrorCode.TooLarge,
            $"'{Text(element, "name")}' ends beyond {MaxBlockBytes} bytes");
        return Math.Min(offset, MaxBlockBytes);
    }

    public void Unique(HashSet<string> names, XElement element, string name, string where)
    {
        if (name.Length > 0 && !names.Add(name))
        {
            Errors.Add(element, SchemaErrorCode.DuplicateMember, $"'{name}' appears twice in {where}");
        }
    }

    private static bool IsSymbolic(string name)
    {
        for (int i = 0; i < name.Length; i++)
        {
            char c = name[i];
            bool letter = char.IsAsciiLetter(c) || c == '_';
            if (!letter && (i == 0 || !char.IsAsciiDigit(c)))
            {
                return false;
            }
        }

        return name.Length > 0;
    }
}
