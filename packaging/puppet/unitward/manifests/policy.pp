# @summary A file of policy.d, checked with all the others before it takes its place. Whoever needs it in force requires
#   Class['unitward'].
#
# @param ensure
#   Whether it is there.
# @param content
#   What is in it: unitward.conf(5).
# @param source
#   Instead: a file's source.
define unitward::policy (
  Enum[present, absent] $ensure  = 'present',
  Optional[String]      $content = undef,
  Optional[String[1]]   $source  = undef,
) {
  assert_type(Pattern[/\A[A-Za-z0-9_][A-Za-z0-9_.-]*\z/], $title)

  file { "/etc/unitward/policy.d/${title}.conf":
    ensure       => $ensure,
    content      => $content,
    source       => $source,
    owner        => 'root',
    group        => 'root',
    mode         => '0644',
    validate_cmd => "/usr/bin/unitward check --drop-in=${title}.conf %",
    require      => Class['unitward::profile'],
    before       => File['/etc/unitward/policy.d/90-mode.conf'],
    notify       => Exec['unitward: load the policy'],
  }
}
