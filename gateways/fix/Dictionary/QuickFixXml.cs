using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Xml;
using System.Xml.Linq;

namespace HftEngine.Fix.Dictionary;

/// <summary>Reads the XML form of dictionaries that QuickFIX and its relatives share.</summary>
public static class QuickFixXml
{
    public static FixDictionary Load(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return Read(path, XDocument.Load(stream));
        }
        catch (XmlException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
    }

    private static FixDictionary Read(string path, XDocument document)
    {
        XElement root = document.Root!;
        DictionaryBuilder builder = new(path);
        string version = VersionOf(builder, root);
        Dictionary<string, int> tags = [];
        foreach (XElement field in root.Elements("fields").Elements("field"))
        {
            string name = Attribute(builder, field, "name");
            if (!int.TryParse(Attribute(builder, field, "number"), CultureInfo.InvariantCulture, out int tag))
            {
                throw builder.Fault($"field {name} has no number");
            }

            IEnumerable<XElement> values =
                field.Elements("value").Concat(field.Elements("values").Elements("value"));
            builder.AddField(
                tag,
                name,
                TypeOf(version, Attribute(builder, field, "type")),
                [.. values.Select(value => Attribute(builder, value, "enum")).Distinct()]);
            tags[name] = tag;
        }

        Dictionary<string, XElement> components = root.Elements("components").Elements("component")
            .ToDictionary(component => Attribute(builder, component, "name"));
        MemberReader reader = new(builder, tags, components);
        builder.Header = reader.MembersOf(root.Element("header"));
        builder.Trailer = reader.MembersOf(root.Element("trailer"));
        foreach (XElement message in root.Elements("messages").Elements("message"))
        {
            builder.AddMessage(
                Attribute(builder, message, "msgtype"),
                Attribute(builder, message, "name"),
                isOpaque: false,
                reader.MembersOf(message));
        }

        return builder.Build(version);
    }

    // Before FIX 4.2 a CHAR was any text.
    private static string TypeOf(string version, string type) =>
        version is "FIX.4.0" or "FIX.4.1" && type is "CHAR" ? "STRING" : type;

    private static string VersionOf(DictionaryBuilder builder, XElement root)
    {
        string type = (string?)root.Attribute("type") ?? "FIX";
        string servicePack = (string?)root.Attribute("servicepack") ?? "0";
        string version = $"{type}.{Attribute(builder, root, "major")}.{Attribute(builder, root, "minor")}";
        return servicePack == "0" ? version : $"{version}SP{servicePack}";
    }

    private static string Attribute(DictionaryBuilder builder, XElement element, string name) =>
        (string?)element.Attribute(name) ?? throw builder.Fault($"an element {element.Name} has no {name}");

    private sealed class MemberReader(
        DictionaryBuilder builder, Dictionary<string, int> tags, Dictionary<string, XElement> components)
    {
        // Deeper nesting than any version has means components that contain themselves.
        private const int MaxDepth = 32;

        public IReadOnlyList<Member> MembersOf(XElement? element)
        {
            List<Member> members = [];
            if (element is not null)
            {
                Collect(element, true, members, [], 0);
            }

            return members;
        }

        private void Collect(
            XElement element, bool required, List<Member> members, HashSet<int> seen, int depth)
        {
            if (depth > MaxDepth)
            {
                throw builder.Fault($"'{(string?)element.Attribute("name")}' contains itself");
            }

            foreach (XElement child in element.Elements())
            {
                string name = Attribute(builder, child, "name");
                bool childRequired = required && (string?)child.Attribute("required") == "Y";
                if (child.Name == "component")
                {
                    XElement component = components.GetValueOrDefault(name)
                        ?? throw builder.Fault($"component {name} is used but not defined");
                    Collect(component, childRequired, members, seen, depth + 1);
                    continue;
                }

                int tag = tags.TryGetValue(name, out int known)
                    ? known
                    : throw builder.Fault($"field {name} is used but not defined");
                if (seen.Add(tag))
                {
                    members.Add(new Member(tag, childRequired, EntryOf(child, depth)));
                }
            }
        }

        private List<Member>? EntryOf(XElement child, int depth)
        {
            if (child.Name != "group")
            {
                return null;
            }

            List<Member> entry = [];
            Collect(child, true, entry, [], depth + 1);
            return entry;
        }
    }
}
