using HftEngine.Fix.Dictionary;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Session;

internal sealed partial class SessionCases
{
    private const string ValueIncorrect = "Value is incorrect (out of range) for this tag";

    [TestCase("9998")]
    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("5000")]
    public void A_tag_that_the_version_does_not_know_is_rejected(string tag)
    {
        _peer.LogOn();
        _peer.Send("0", 2, $"{tag}=HI");
        _peer.ExpectReject(2, 2, "Invalid tag number", "0", 0, tag);
        _peer.LogOut(3, 3);
    }

    [Test]
    public void A_tag_that_is_no_number_is_rejected()
    {
        _peer.LogOn();
        _peer.Send("0", 2, "abc=HI");
        _peer.ExpectReject(2, 2, "Invalid tag number", "0", 0);
        _peer.LogOut(3, 3);
    }

    [Test]
    public void A_missing_field_of_the_header_is_rejected()
    {
        _peer.LogOn();
        _peer.SendFields($"35=0|34=2|49=TW|52={_peer.Time}");
        _peer.ExpectReject(2, 2, "Required tag missing", "0", 1, "56");
        _peer.LogOut(3, 3);
    }

    [TestCase("11")]
    [TestCase("40")]
    [TestCase("54")]
    public void A_missing_field_of_the_body_is_rejected(string tag)
    {
        _peer.LogOn();
        string order = string.Join('|', System.Array.FindAll(
            _peer.Order("id").Split('|'), field =>
                !field.StartsWith(tag + "=", System.StringComparison.Ordinal)));
        _peer.Send("D", 2, order);
        _peer.ExpectReject(2, 2, "Required tag missing", "D", 1, tag);
        _peer.LogOut(3, 3);
    }

    [Test]
    public void A_tag_of_another_message_is_rejected()
    {
        _peer.LogOn();
        _peer.Send("0", 2, "58=Text");
        _peer.ExpectReject(2, 2, "Tag not defined for this message type", "0", 2, "58");
        _peer.LogOut(3, 3);
    }

    [TestCase("0", "56")]
    [TestCase("1", "112")]
    public void A_tag_without_a_value_is_rejected(string type, string tag)
    {
        _peer.LogOn();
        string target = tag == "56" ? "56=" : "56=ISLD|112=";
        _peer.SendFields($"35={type}|34=2|49=TW|52={_peer.Time}|{target}");
        _peer.ExpectReject(2, 2, "Tag specified without a value", type, 4, tag);
        _peer.LogOut(3, 3);
    }

    [TestCase("21", "4")]
    [TestCase("40", "w")]
    [TestCase("54", "?")]
    [TestCase("167", "BOO")]
    public void A_value_that_is_not_listed_is_rejected(string tag, string value)
    {
        _peer.LogOn();
        _peer.Send("D", 2, With(tag, value));
        _peer.ExpectReject(2, 2, ValueIncorrect, "D", 5, tag);
        _peer.LogOut(3, 3);
    }

    [TestCase("18", "1 !", ValueIncorrect, 5)]
    [TestCase("18", "1  2", ValueIncorrect, 5)]
    [TestCase("38", "+200.00", "Incorrect data format for value", 6)]
    [TestCase("38", "2e2", "Incorrect data format for value", 6)]
    [TestCase("38", ".", "Incorrect data format for value", 6)]
    [TestCase("44", "1,5", "Incorrect data format for value", 6)]
    [TestCase("54", "11", "Incorrect data format for value", 6)]
    [TestCase("60", "20260230-00:00:00", "Incorrect data format for value", 6)]
    [TestCase("60", "20260102-24:00:00", "Incorrect data format for value", 6)]
    [TestCase("126", "20260102", "Incorrect data format for value", 6)]
    [TestCase("114", "y", "Incorrect data format for value", 6)]
    [TestCase("432", "20261301", "Incorrect data format for value", 6)]
    [TestCase("200", "202613", "Incorrect data format for value", 6)]
    public void A_value_of_the_wrong_form_is_rejected(string tag, string value, string text, int reason)
    {
        _peer.LogOn();
        _peer.Send("D", 2, With(tag, value));
        _peer.ExpectReject(2, 2, text, "D", reason, tag);
        _peer.LogOut(3, 3);
    }

    [TestCase("18", "1 2 G")]
    [TestCase("38", "002000.00")]
    [TestCase("38", ".5")]
    [TestCase("44", "-12.")]
    [TestCase("60", "20260102-03:04:05.123")]
    [TestCase("60", "20260102-03:04:05.123456789")]
    [TestCase("200", "202612w4")]
    public void A_value_of_the_right_form_is_taken(string tag, string value)
    {
        _peer.LogOn();
        _peer.Send("D", 2, With(tag, value));
        _peer.Expect("D", 2, Sorted(With(tag, value)));
        _peer.LogOut(3, 3);
    }

    [TestCase("11=id|34=2|")]
    [TestCase("55=INTC|34=2|")]
    public void A_field_of_the_header_in_the_body_is_rejected(string start)
    {
        _peer.LogOn();
        _peer.SendFields($"35=D|{start}49=TW|52={_peer.Time}|56=ISLD|21=3|40=1|54=1|60={_peer.Time}");
        _peer.ExpectReject(2, 2, "Tag specified out of required order", "D", 14, "34");
        _peer.LogOut(3, 3);
    }

    [Test]
    public void A_field_behind_the_trailer_is_rejected()
    {
        _peer.LogOn();
        _peer.Send("D", 2, _peer.Order("id") + "93=1|89=x|1=ACC|");
        _peer.ExpectReject(2, 2, "Tag specified out of required order", "D", 14, "1");
        _peer.LogOut(3, 3);
    }

    [Test]
    public void The_fields_of_the_header_and_of_the_body_come_in_any_order()
    {
        _peer.LogOn();
        _peer.SendFields(
            $"35=D|49=TW|34=2|56=ISLD|52={_peer.Time}|40=1|55=INTC|60=20260102-03:04:05|54=1|21=3|11=id");
        _peer.Expect("D", 2, _peer.Order("id"));
        _peer.LogOut(3, 3);
    }

    [TestCase("40=1|40=2|", "40")]
    [TestCase("1=A|1=A|", "1")]
    public void A_tag_that_appears_twice_is_rejected(string fields, string tag)
    {
        _peer.LogOn();
        string order = _peer.Order("id").Replace("40=1|", "", System.StringComparison.Ordinal);
        _peer.Send("D", 2, (tag == "40" ? order : _peer.Order("id")) + fields);
        _peer.ExpectReject(2, 2, "Tag appears more than once", "D", 13, tag);
        _peer.LogOut(3, 3);
    }

    [TestCase("386=3|336=DAY|336=NIGHT|", "Incorrect NumInGroup count for repeating group", 16, "386")]
    [TestCase("386=1|336=DAY|336=NIGHT|", "Incorrect NumInGroup count for repeating group", 16, "386")]
    [TestCase("386=1|", "Incorrect NumInGroup count for repeating group", 16, "386")]
    [TestCase("78=2|79=A|80=1|79=B|80=1|80=2|", "Tag appears more than once", 13, "80")]
    [TestCase("78=1|80=1|79=A|", "Repeating group fields out of order", 15, "80")]
    [TestCase("78=x|79=A|", "Incorrect data format for value", 6, "78")]
    public void A_group_that_is_not_as_it_says_is_rejected(string group, string text, int reason, string tag)
    {
        _peer.LogOn();
        _peer.Send("D", 2, _peer.Order("id") + group);
        _peer.ExpectReject(2, 2, text, "D", reason, tag);
        _peer.LogOut(3, 3);
    }

    [Test]
    public void A_group_without_entries_is_valid()
    {
        _peer.LogOn();
        _peer.Send("D", 2, _peer.Order("id") + "386=0|");
        _peer.Expect("D", 2, _peer.Order("id") + "386=0|");
        _peer.LogOut(3, 3);
    }

    [Test]
    public void Data_may_contain_the_separator()
    {
        _peer.LogOn();
        _peer.Send("D", 2, _peer.Order("id") + "354=5|355=a|10=|");
        _peer.Expect("D", 2, Sorted(_peer.Order("id")) + "354=5|355=a|10=*|");
        _peer.LogOut(3, 3);
    }

    [Test]
    public void A_message_type_that_the_version_does_not_know_is_rejected()
    {
        _peer.LogOn();
        _peer.Send("*", 2);
        _peer.ExpectReject(2, 2, "Invalid MsgType", "*", 11);
        _peer.LogOut(3, 3);
    }

    [Test]
    public void A_message_type_that_the_application_does_not_serve_is_a_business_reject()
    {
        _peer.LogOn();
        _peer.Send("8", 2, "37=id|17=id|150=0|39=0|55=WLRI|54=1|151=100|14=0|6=0.0");
        _peer.Expect("j", 2, "45=2|58=Unsupported Message Type|372=8|380=3|" + (
            version == FixRules.Fixt11 ? "1137=9|" : ""));
        _peer.LogOut(3, 3);
    }

    [TestCase("115=JCD|", "128=JCD|")]
    [TestCase("128=JCD|129=CS|", "115=JCD|116=CS|")]
    [TestCase("115=JCD|116=CS|144=CHI|", "128=JCD|129=CS|145=CHI|")]
    public void An_answer_takes_the_route_back(string route, string back)
    {
        _peer.LogOn();
        _peer.Send("D", 2, With("40", "w"), route);
        string code = "373=5|";
        _peer.Expect("3", 2, $"{back}45=2|58={ValueIncorrect}|371=40|372=D|{code}");
        _peer.LogOut(3, 3);
    }

    private string With(string tag, string value)
    {
        string rest = string.Join('|', System.Array.FindAll(
            _peer.Order("id").Split('|'), field =>
                !field.StartsWith(tag + "=", System.StringComparison.Ordinal)));
        return $"{rest}{tag}={value}|";
    }

    private static string Sorted(string fields) => string.Concat(System.Linq.Enumerable.Select(
        System.Linq.Enumerable.OrderBy(Harness.FixText.Fields(fields), field => field.Tag),
        field => $"{field.Tag}={field.Value}|"));
}
